#version 330

// Tongues of flame out of rising noise; premultiplied, so that thin parts shine and thick parts cover.

#include "medium.glsl"

uniform vec3 flame;

in vec3 position;
in vec2 corner;

out vec4 painted;

void main() {
    float up = corner.y * 0.5 + 0.5;
    float t = flame.z;
    vec2 at = vec2(corner.x * flame.x * 1.5, up * flame.y * 1.45);
    // Three sheets at different paces; each is narrow at its top and bent by rising eddies.
    float body = 0.0;
    for (int i = 0; i < 3; ++i) {
        float own = float(i) * 13.7;
        float bend = (cloud(vec2(at.x * 1.3 + own, at.y * 1.6 - t * (1.1 + 0.25 * float(i)))) - 0.5) * (0.25 + 1.3 * up);
        float x = corner.x + bend + 0.22 * (float(i) - 1.0) * (1.0 - 0.6 * up);
        float eddy = cloud(vec2(at.x * 4.2 + own, at.y * 2.6 - t * (1.9 + 0.3 * float(i))));
        float wide = 0.44 * (1.0 - pow(up, 1.25)) * smoothstep(-0.06, 0.10, up);
        float inside = 1.0 - smoothstep(wide * 0.25, wide + 0.08, abs(x));
        body = max(body, inside * clamp((eddy - 0.22 - 0.16 * up) * 2.6, 0.0, 1.25) * (1.0 - smoothstep(0.45, 1.0, up + 0.5 * (0.5 - eddy))));
    }
    body *= 0.55 + 0.45 * cloud(vec2(at.x * 9.0, at.y * 5.0 - t * 2.4));
    float foot = 1.0 - smoothstep(0.0, 0.16, up);
    vec3 tone = mix(vec3(0.42, 0.05, 0.005), vec3(0.95, 0.30, 0.03), smoothstep(0.05, 0.45, body));
    tone = mix(tone, vec3(1.35, 0.80, 0.22), smoothstep(0.40, 0.95, body) * (1.0 - 0.5 * up));
    tone *= 1.0 - 0.55 * foot;
    float cover = smoothstep(0.03, 0.50, body) * 0.88 * smoothstep(0.0, 0.06, up);
    if (cover < 0.004) discard;
    vec4 medium = medium_between(eye, position);
    painted = vec4(to_screen(tone * medium.a + medium.rgb) * cover, cover);
}
