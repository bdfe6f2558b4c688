#version 330

#include "medium.glsl"

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
    vec3 shown = tone.rgb * (0.85 + 0.3 * corner.y) * medium.a + medium.rgb;
    painted = vec4(to_screen(shown), cover);
}
