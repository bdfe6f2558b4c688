// What lies between the eye and a surface: smoke layers and muddy water, as boxes in site axes.
// Beer-Lambert, T = exp(-tau), with tau integrated in closed form along the ray through each box.

#include "noise.glsl"

const int MEDIA = 32;
const float WATER = 1.0;

uniform int media_count;
uniform vec4 media_low[MEDIA];   // x, y, z of the box's least corner; kind (0 smoke, 1 water)
uniform vec4 media_high[MEDIA];  // x, y, z of its greatest corner; height of the layer's edge or the water's surface
uniform vec4 media_k[MEDIA];     // K above and below the edge in 1/m, half width of the edge, highest water so far in m
uniform vec4 media_tint[MEDIA];  // linear RGB of what is scattered towards the eye
uniform vec3 eye;
uniform float time;
uniform float air_light;         // what is left of the light that smoke and mud scatter, 1 by day with lamps

const int GLOWS = 8;
uniform int glow_count;
uniform vec4 glow_at[GLOWS];     // place of a lamp or fire; cosine of the lamp's cone, below 0 for a fire
uniform vec4 glow_tone[GLOWS];   // linear RGB of its light

// Integral of K from the far below up to z, where K runs from `below` to `above` over the edge's width.
float medium_integral(float z, float edge, float half_width, float above, float below) {
    float low = edge - half_width;
    float ramp = z <= low ? 0.0
        : z >= edge + half_width ? z - edge
        : (z - low) * (z - low) / (4.0 * half_width);
    return below * z + (above - below) * ramp;
}

float medium_reach;  // how far the last ray went through media, m

float medium_depth(int i, vec3 from, vec3 to, out float billow) {
    billow = 0.5;
    vec3 step_ = to - from;
    vec3 safe = mix(step_, vec3(1e-6), lessThan(abs(step_), vec3(1e-6)));
    vec3 a = (media_low[i].xyz - from) / safe;
    vec3 b = (media_high[i].xyz - from) / safe;
    vec3 near = min(a, b);
    vec3 far = max(a, b);
    float enter = max(max(near.x, near.y), max(near.z, 0.0));
    float leave = min(min(far.x, far.y), min(far.z, 1.0));
    if (leave <= enter) return 0.0;
    float length_ = (leave - enter) * length(step_);
    medium_reach += length_;
    float z0 = from.z + step_.z * enter;
    float z1 = from.z + step_.z * leave;
    float edge = media_high[i].w;
    if (media_low[i].w != WATER) {
        // Smoke rolls: its edge by a few centimetres, its tone where the ray has gone a metre into it.
        float reach = min(enter + 1.0 / max(length(step_), 1e-3), leave);
        vec3 at = from + step_ * reach;
        billow = cloud(at.xy * 0.9 + at.z * 0.5 + vec2(time * 0.12, time * 0.07));
        edge += 0.10 * (billow - 0.5);
    }
    if (media_low[i].w == WATER) {
        // Mud is lit from above: the deeper the place that one sees into, the darker.
        float into = min(enter + 1.0 / (max(media_k[i].y, 0.2) * max(length(step_), 1e-3)), leave);
        float deep = max(edge - (from.z + step_.z * into), 0.0);
        billow = (mix(0.30, 1.0, exp(-1.1 * max(deep - 0.15, 0.0))) - 0.62) / 0.76;
    }
    float half_width = max(media_k[i].z, 1e-3);
    if (abs(z1 - z0) < 1e-4) {
        float share = clamp((z0 - edge + half_width) / (2.0 * half_width), 0.0, 1.0);
        return length_ * mix(media_k[i].y, media_k[i].x, share);
    }
    float top = medium_integral(z1, edge, half_width, media_k[i].x, media_k[i].y);
    float bottom = medium_integral(z0, edge, half_width, media_k[i].x, media_k[i].y);
    return length_ * (top - bottom) / (z1 - z0);
}

// Light of lamps and fires scattered towards the eye: the air light of a point source along a ray, closed form
// (single scattering as in Narasimhan and Nayar 2003, with one attenuation for the whole way), within the lamp's cone.
vec3 glow_between(vec3 from, vec3 to, float tau) {
    vec3 way = to - from;
    float long_ = max(min(length(way), medium_reach), 1e-2);
    way = normalize(way);
    float k = tau / long_;
    vec3 sum = vec3(0.0);
    for (int i = 0; i < glow_count; ++i) {
        vec3 lamp = glow_at[i].xyz - from;
        float along = dot(lamp, way);
        float off = length(lamp - way * along) + 0.22;
        float air = (atan((long_ - along) / off) - atan(-along / off)) / off;
        float nearest = clamp(along, 0.0, long_);
        vec3 place = from + way * nearest - glow_at[i].xyz;
        float down = -place.z / max(length(place), 1e-3);
        float cone = glow_at[i].w < 0.0 ? 1.0 : smoothstep(glow_at[i].w - 0.12, glow_at[i].w + 0.10, down);
        // Lost on the way from the lamp to where the ray passes it, and from there to the eye.
        sum += glow_tone[i].rgb * cone * air * exp(-k * (nearest + length(place)));
    }
    return sum * 0.16 * min(k, 2.0);
}

// Transmittance in a, light scattered in on the way in rgb.
vec4 medium_between(vec3 from, vec3 to) {
    float tau = 0.0;
    vec3 tint = vec3(0.0);
    medium_reach = 0.0;
    for (int i = 0; i < media_count; ++i) {
        float billow;
        float part = medium_depth(i, from, to, billow);
        tau += part;
        tint += part * media_tint[i].rgb * (0.62 + 0.76 * billow);
    }
    float through = exp(-tau);
    if (tau < 1e-6) return vec4(0.0, 0.0, 0.0, 1.0);
    vec3 scattered = tint / tau * (1.0 - through) * air_light;
    if (glow_count > 0 && tau > 0.01) scattered += glow_between(from, to, tau);
    return vec4(scattered, through);
}

vec3 through_medium(vec3 colour, vec3 position) {
    vec4 medium = medium_between(eye, position);
    return colour * medium.a + medium.rgb;
}

vec3 to_screen(vec3 linear) {
    vec3 c = linear * 1.02;
    c = clamp((c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0);
    return pow(c, vec3(1.0 / 2.2));
}
