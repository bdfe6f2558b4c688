#version 330

// The surface alone: the water's body stands in medium.glsl, in every material's way to the eye.

#include "medium.glsl"

uniform vec2 flow;
uniform vec3 mud;
uniform float ceiling_z;
uniform float depth;
uniform float turbidity;

in vec3 position;
out vec4 painted;

vec2 slope(vec2 at, float t) {
    vec2 s = vec2(0.0);
    const vec2 WAY[5] = vec2[5](vec2(0.92, 0.39), vec2(-0.55, 0.83), vec2(0.2, -0.98), vec2(-0.97, -0.25), vec2(0.6, 0.8));
    const float LONG[5] = float[5](2.3, 1.35, 0.83, 0.47, 0.29);
    for (int i = 0; i < 5; ++i) {
        float k = 6.2832 / LONG[i];
        float speed = sqrt(9.81 / k * tanh(k * 0.5));
        s += WAY[i] * cos(dot(WAY[i], at) * k - speed * k * t * 0.6) * (0.042 - 0.004 * float(i));
    }
    vec2 small = at * 5.0;
    float h = cloud(small + t * 0.35), hx = cloud(small + vec2(0.12, 0.0) + t * 0.35), hy = cloud(small + vec2(0.0, 0.12) + t * 0.35);
    return s + vec2(hx - h, hy - h) * 0.35;
}

vec3 room(vec3 at, vec3 ray) {
    if (ray.z > 0.02) {
        vec2 hit = at.xy + ray.xy * max(ceiling_z - at.z, 0.5) / ray.z;
        vec2 lamp = abs(fract(hit / vec2(5.0, 5.0)) - 0.5) * 5.0;
        float shine = (1.0 - smoothstep(0.5, 0.9, lamp.x)) * (1.0 - smoothstep(0.2, 0.5, lamp.y));
        float rise = smoothstep(0.0, 0.5, ray.z);
        return mix(vec3(0.29, 0.255, 0.21), vec3(0.47, 0.465, 0.44), rise) + vec3(1.0, 0.95, 0.85) * 1.3 * shine * rise;
    }
    return vec3(0.29, 0.255, 0.21);
}

void main() {
    vec2 at = position.xy - flow * time;
    vec3 toward = normalize(position - eye);
    float distance_ = length(position - eye);
    vec2 s = slope(at, time) / (1.0 + distance_ * 0.05);
    vec3 n = normalize(vec3(-s, 1.0));
    bool below = eye.z < position.z;
    vec4 medium = medium_between(eye, position + vec3(0.0, 0.0, below ? -0.002 : 0.002));
    if (below) {
        float hole = smoothstep(0.55, 0.75, abs(dot(toward, n)));
        vec3 shown = mix(mud * 0.9, vec3(0.75, 0.72, 0.62), hole);
        painted = vec4(to_screen(shown * medium.a + medium.rgb), 1.0);
        return;
    }
    float facing = max(dot(-toward, n), 0.02);
    float mirror = 0.03 + 0.97 * pow(1.0 - facing, 5.0);
    mirror = min(mirror * 1.35 + 0.02, 0.8);
    vec3 ray = reflect(toward, n);
    ray.z = abs(ray.z);
    vec3 reflection = room(position, ray);
    float scum = smoothstep(0.60, 0.74, cloud(at * 1.1 + 0.35 * cloud(at * 0.35 + time * 0.02)));
    float crest = dot(n, normalize(vec3(0.34, 0.22, 0.914)));
    vec3 body = mud * (-0.12 + 0.84 * max(crest, 0.0));
    body = mix(body, mud * 1.35 + vec3(0.03), scum * 0.35);
    float cover = (0.58 + 0.3 * scum) * (1.0 - exp(-0.15 * turbidity)) * smoothstep(0.0, 0.12, depth);
    vec3 shown = mix(body, reflection, mirror);
    float alpha = mix(cover, 1.0, mirror);
    painted = vec4(to_screen(shown * medium.a + medium.rgb), alpha);
}
