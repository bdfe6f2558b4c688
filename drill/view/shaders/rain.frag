#version 330

#include "medium.glsl"

uniform vec3 sky_horizon;
uniform float exposure;

in vec2 across;
in vec3 position;
out vec4 painted;

void main() {
    vec4 medium = medium_between(eye, position);
    float soft = (1.0 - abs(across.x)) * (1.0 - across.y * across.y);
    vec3 shown = (sky_horizon * 1.15 * exposure) * medium.a + medium.rgb;
    painted = vec4(to_screen(shown), 0.30 * soft * medium.a);
}
