#version 330

#include "medium.glsl"

uniform float shining;   // 1 for what adds its own light

in vec3 position;
in vec4 tone;
in vec2 corner;

out vec4 painted;

void main() {
    float reach = dot(corner, corner);
    float cover = tone.a * (1.0 - smoothstep(0.25, 1.0, reach));
    if (cover < 0.004) discard;
    vec4 medium = medium_between(eye, position);
    // Drops catch light at their upper side.
    vec3 shown = tone.rgb * (0.85 + 0.3 * corner.y) * medium.a;
    shown += medium.rgb * (1.0 - shining);
    shown *= mix(0.2 + 0.8 * air_light, 1.0, shining);
    painted = vec4(to_screen(shown), cover);
}
