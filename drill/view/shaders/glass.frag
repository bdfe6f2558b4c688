#version 330

#include "medium.glsl"

in vec3 position;
in vec3 normal;
flat in vec4 colour;

out vec4 painted;

void main() {
    vec3 toward = normalize(position - eye);
    float facing = abs(dot(toward, normalize(normal)));
    float mirror = 0.06 + 0.5 * pow(1.0 - facing, 4.0);
    // The rest of a broken pane is black by its vertices: its edges catch the light, and it is seen for what it is.
    mirror = max(mirror, 0.5 * (1.0 - colour.r));
    vec4 medium = medium_between(eye, position);
    vec3 shown = vec3(0.72, 0.80, 0.86) * medium.a + medium.rgb;
    painted = vec4(to_screen(shown), mirror * medium.a);
}
