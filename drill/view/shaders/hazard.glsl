// What water and fire do to the surfaces around them: they bend the way to them, wet them, light them.
// Needs medium.glsl.

#include "waves.glsl"

bool over_water(int i, vec2 at) {
    return media_low[i].w == WATER && all(greaterThan(at, media_low[i].xy)) && all(lessThan(at, media_high[i].xy));
}

// The place of a surface that is seen where `position` is drawn: moving water and hot air bend the way to it.
// A slope s of the water turns a steep ray by s (1 - 1/n), n = 1.33 (Snell's law for small angles).
vec3 bent(vec3 position) {
    vec3 place = position;
    vec3 ray = position - eye;
    for (int i = 0; i < media_count; ++i) {
        float level = media_high[i].w;
        if (!over_water(i, position.xy) || position.z >= level || eye.z <= level) continue;
        vec2 meets = eye.xy + ray.xy * (level - eye.z) / min(ray.z, -1e-3);
        vec2 slope = wave_slope(meets, time) + ripple_slope(meets, time);
        place.xy += slope * 0.248 * min((level - position.z) / max(-normalize(ray).z, 0.2), 1.5) * 2.0;
        break;
    }
    for (int i = 0; i < glow_count; ++i) {
        if (glow_at[i].w >= 0.0) continue;
        // Over a fire the air is hot: rays that pass its plume waver.
        float share = clamp(dot(glow_at[i].xy - eye.xy, ray.xy) / max(dot(ray.xy, ray.xy), 1e-3), 0.0, 1.0);
        if (share >= 1.0) continue;
        vec3 nearest = eye + ray * share;
        float off = length(nearest.xy - glow_at[i].xy);
        float heat = exp(-off * off * 2.5) * smoothstep(-0.5, 0.6, nearest.z - glow_at[i].z + 0.4);
        vec2 waver = vec2(noise(nearest.xz * 7.0 - vec2(0.0, time * 2.2)), noise(nearest.yz * 7.0 - vec2(3.0, time * 2.0)));
        place += vec3(waver - 0.5, waver.x - 0.5) * 0.10 * heat * (1.0 - share);
    }
    return place;
}

// What water has wetted is darker; above where it stands now it leaves a film of mud and a line where it stood longest.
vec3 wetted(vec3 colour, vec3 position, vec3 n) {
    for (int i = 0; i < media_count; ++i) {
        if (!over_water(i, position.xy)) continue;
        float level = media_high[i].w;
        float mark = media_k[i].w;
        if (level - media_low[i].z < 0.2) level = -1000.0;
        float rough = noise(vec2((position.x + position.y) * 6.0, position.z * 9.0));
        float lapped = level + 0.03 + 0.09 * noise(vec2((position.x - position.y) * 2.5, time * 0.35));
        float top = max(mark + 0.02 * rough, lapped);
        float wet = (1.0 - smoothstep(top - 0.006, top + 0.012, position.z)) * step(n.z, 0.995);
        wet = max(wet, (1.0 - step(mark, position.z)) * step(level + 0.002, position.z));
        float left = smoothstep(0.02, 0.08, mark - level);
        vec3 silt = media_tint[i].rgb * 1.5;
        colour = mix(colour, silt, wet * left * (0.30 + 0.35 * rough) * step(level, position.z));
        colour = mix(colour, silt * 0.55, left * exp(-pow((position.z - mark - 0.01 * rough) / 0.012, 2.0)) * 0.8 * step(n.z, 0.9));
        colour *= mix(1.0, 0.66, wet);
    }
    return colour;
}

// Light of fires on a surface.
vec3 glow_on(vec3 position, vec3 n) {
    vec3 light = vec3(0.0);
    for (int i = 0; i < glow_count; ++i) {
        if (glow_at[i].w >= 0.0) continue;
        vec3 way = glow_at[i].xyz - position;
        float far = dot(way, way);
        light += glow_tone[i].rgb * max(dot(n, way * inversesqrt(far)) * 0.8 + 0.2, 0.0) / (0.6 + far);
    }
    return light;
}
