#version 330

// The surface alone: the water's body stands in medium.glsl, in every material's way to the eye.

#include "medium.glsl"
#include "waves.glsl"
#include "light.glsl"
#include "sky.glsl"

const int WADERS = 16;

uniform vec2 flow;
uniform vec3 mud;
uniform float ceiling_z;
uniform float depth;
uniform float turbidity;
uniform float stir;              // how much the water is in motion, 0 to 1
uniform float open_sky;          // 1 under the sky, 0 in a room
uniform sampler2D shore;         // distance to what stands in the water, to the nearest door opening
uniform vec4 shore_area;         // least x and y, size in x and y
uniform int wader_count;
uniform vec4 waders[WADERS];     // x, y, speed, heading of those who stand or walk in the water near the eye

in vec3 position;
out vec4 painted;

vec2 shores(vec2 at) { return texture(shore, (at - shore_area.xy) / shore_area.zw).rg; }

// What is mirrored: ceiling, lamps and walls, or the sky. The wall is found by stepping along the distances.
vec3 surroundings(vec3 at, vec3 ray) {
    if (open_sky > 0.5) {
        vec3 sky = sky_towards(vec3(ray.xy, max(ray.z, 0.02)));
        return mix(sky_horizon * 0.35, sky, smoothstep(0.0, 0.10, ray.z)) * exposure;
    }
    float flat_ = max(length(ray.xy), 1e-3);
    vec2 way = ray.xy / flat_;
    float far = 0.0;
    for (int i = 0; i < 4; ++i) far += max(shores(at.xy + way * far).r, 0.05);
    float height = at.z + far * ray.z / flat_;
    vec4 sky, lamp;
    field_at(vec3(at.xy + way * max(far - 0.4, 0.0), clamp(height, at.z + 0.2, ceiling_z - 0.3)), vec3(-way, 0.0), sky, lamp);
    vec3 light = sky_light * sky.x * 1.3 + lamp_light * lamp.x * 1.3 + glimmer;
    vec3 seen = mix(vec3(0.43, 0.30, 0.18), vec3(0.78, 0.75, 0.70), smoothstep(1.0, 2.2, height - at.z)) * light;
    if (ray.z > 0.02) {
        float up = max(ceiling_z - at.z, 0.5);
        vec2 hit = at.xy + ray.xy * up / ray.z;
        vec2 off = abs(fract(hit / vec2(5.0, 5.0)) - 0.5) * 5.0;
        float shine = (1.0 - smoothstep(0.45, 0.9, off.x)) * (1.0 - smoothstep(0.15, 0.5, off.y));
        vec3 above = vec3(0.66, 0.65, 0.63) * light * 0.9 + lamp_light * 2.0 * shine;
        seen = mix(seen, above, smoothstep(-0.3, 0.5, height - ceiling_z));
    }
    return seen * exposure;
}

// Rings and the bow wave of those who wade: slope in xy, foam in z.
vec3 wakes(vec2 at) {
    vec3 sum = vec3(0.0);
    for (int i = 0; i < wader_count; ++i) {
        vec2 off = at - waders[i].xy;
        float far = length(off);
        if (far > 3.2) continue;
        float speed = waders[i].z;
        vec2 ahead = vec2(cos(waders[i].w), sin(waders[i].w));
        float k = 6.2832 / (0.22 + 0.10 * speed);
        float ring = cos(k * far - sqrt(9.81 * k) * time * 0.55) * exp(-far * 1.25) * smoothstep(0.05, 0.28, far);
        float tread = 0.10 + 0.32 * min(speed, 1.2);
        sum.xy += off / max(far, 0.05) * ring * tread;
        float x = dot(off, ahead), y = abs(dot(off, vec2(-ahead.y, ahead.x)));
        float go = smoothstep(0.1, 0.7, speed);
        // Kelvin: a wake opens by arcsin(1/3), 19.5 degrees to each side, whatever the speed.
        float arm = y + 0.354 * x - 0.20;
        float wake = exp(-arm * arm * 90.0) * exp(0.9 * x) * step(x, 0.25) * go;
        sum.xy += (ahead * 0.4 + off / max(far, 0.05)) * wake * 0.5;
        float bow = exp(-pow((far - 0.26) * 9.0, 2.0)) * smoothstep(-0.3, 0.8, x / max(far, 0.05)) * go;
        float collar = exp(-pow((far - 0.19) * 16.0, 2.0)) * (0.10 + 0.45 * go);
        float trail = exp(-y * y * 28.0) * exp(1.1 * x) * step(x, 0.0) * go * 0.55;
        sum.z += bow * 0.75 + collar + wake * 0.6 + trail;
    }
    return sum;
}

// Rings of rain on water under the sky.
vec2 rain_rings(vec2 at) {
    vec2 s = vec2(0.0);
    for (int i = 0; i < 2; ++i) {
        vec2 p = at / 0.34 + float(i) * 17.3;
        vec2 cell = floor(p);
        float since = fract(time * 1.1 + hash(cell));
        float turn = floor(time * 1.1 + hash(cell));
        vec2 off = fract(p) - 0.3 - 0.4 * vec2(hash(cell + turn), hash(cell + turn + 9.1));
        float far = length(off);
        s += off / max(far, 0.02) * cos((far - since * 0.42) * 60.0) * exp(-pow((far - since * 0.42) * 16.0, 2.0)) * (1.0 - since) * 0.5;
    }
    return s;
}

void main() {
    vec2 at = position.xy - flow * time;
    vec3 toward = normalize(position - eye);
    float distance_ = length(position - eye);
    vec3 wake = wakes(position.xy);
    vec2 near = shores(position.xy);
    vec2 s = wave_slope(at, time) * (0.55 + 0.6 * stir) + ripple_slope(at, time);
    if (open_sky > 0.5 && distance_ < 9.0) s += rain_rings(position.xy) * 0.7 * (1.0 - smoothstep(3.0, 9.0, distance_));
    s = (s + wake.xy) / (1.0 + distance_ * 0.13);
    vec3 n = normalize(vec3(-s, 1.0));
    bool below = eye.z < position.z;
    vec4 medium = medium_between(eye, position + vec3(0.0, 0.0, below ? -0.002 : 0.002));
    if (below) {
        // From below one sees the room through a round window (Snell: 48.6 degrees), mirrored mud around it.
        vec3 out_ = refract(toward, -n, 1.33);
        float window = smoothstep(0.0, 0.12, dot(out_, out_)) * smoothstep(0.62, 0.74, abs(dot(toward, n)));
        vec3 shown = mix(mud * 0.45 * air_light, surroundings(position, dot(out_, out_) > 0.0 ? out_ : vec3(0, 0, 1)) * 0.85, window);
        painted = vec4(to_screen(shown * medium.a + medium.rgb), 1.0);
        return;
    }
    vec4 sky, lamp;
    field_at(position, vec3(0.0, 0.0, 1.0), sky, lamp);
    vec3 light = sky_light * max(sky.x + dot(sky.yzw, n), 0.12 * sky.x) + lamp_light * max(lamp.x + dot(lamp.yzw, n), 0.25 * lamp.x);
    light = (light + glimmer) * exposure;
    float facing = max(dot(-toward, n), 0.02);
    float mirror = 0.03 + 0.97 * pow(1.0 - facing, 5.0);
    mirror = min(mirror * 1.35 + 0.02, 0.8);
    vec3 ray = reflect(toward, n);
    ray.z = abs(ray.z);
    vec3 reflection = surroundings(position, ray);

    // Foam: along what stands in the water, where it comes through doors, behind those who wade, in streaks of the flow.
    float fine = noise(at * 19.0 + time * 0.2) * 0.6 + noise(at * 43.0 - time * 0.3) * 0.4;
    float lap = 0.07 + 0.05 * sin(time * 1.3 + noise(position.xy * 1.5) * 9.0);
    float foam = (1.0 - smoothstep(0.0, lap + 0.04, near.r)) * (0.25 + 0.55 * stir);
    float churn = exp(-near.g / 0.75) * (1.0 - smoothstep(1.6, 2.4, near.g)) * stir;
    foam += 2.2 * churn * smoothstep(0.25, 0.70, cloud(vec2(near.g * 3.0 - time * 1.1, noise(position.xy * 1.7) * 4.0)));
    foam += wake.z * smoothstep(0.0, 0.08, depth);
    float fast = length(flow);
    if (fast > 0.05) {
        vec2 way = flow / fast;
        float streak = cloud(vec2(dot(at, way) * 0.45, dot(at, vec2(-way.y, way.x)) * 2.4));
        foam += smoothstep(0.60, 0.80, streak) * min(fast, 1.0) * 0.55;
    }
    float scum = smoothstep(0.60, 0.74, cloud(at * 1.1 + 0.35 * cloud(at * 0.35 + time * 0.02))) / (1.0 + distance_ * 0.08);
    float bubbles = smoothstep(0.28, 0.95, foam * (0.15 + 1.3 * fine * fine + 0.4 * fine)) / (1.0 + distance_ * 0.05);

    float crest = dot(n, normalize(vec3(0.34, 0.22, 0.914)));
    vec3 body = mud * (-0.20 + 1.25 * max(crest, 0.0));
    body = mix(body, mud * 1.6 + vec3(0.03), scum * 0.30) * light;
    float cover = (0.58 + 0.3 * scum) * (1.0 - exp(-0.15 * turbidity)) * smoothstep(0.0, 0.12, depth);
    vec3 shown = mix(body, reflection, mirror);
    float alpha = mix(cover, 1.0, mirror);
    vec3 froth = (mud * 1.1 + vec3(0.40, 0.38, 0.33)) * (0.65 + 0.5 * fine) * light;
    shown = mix(shown, froth, bubbles * 0.85);
    alpha = mix(alpha, 1.0, bubbles * 0.85);
    painted = vec4(to_screen(shown * medium.a + medium.rgb), alpha);
}
