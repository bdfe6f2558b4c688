#version 330

// A small round thing that faces the eye, drawn out along its streak.

uniform mat4 p3d_ViewProjectionMatrix;
uniform vec3 eye;

in vec4 p3d_Vertex;         // the middle, in site axes
in vec3 p3d_Normal;         // which way and how far it is drawn out, m
in vec4 p3d_Color;          // linear RGB, opacity
in vec2 p3d_MultiTexCoord0; // corner times radius, m

out vec3 position;
out vec4 tone;
out vec2 corner;

void main() {
    vec3 middle = p3d_Vertex.xyz;
    vec3 toward = normalize(eye - middle);
    float streak = length(p3d_Normal);
    vec3 axis = streak > 1e-5 ? p3d_Normal / streak : vec3(0.0, 0.0, 1.0);
    vec3 across = cross(axis, toward);
    across = dot(across, across) > 1e-6 ? normalize(across) : vec3(1.0, 0.0, 0.0);
    vec3 up = cross(toward, across);
    corner = sign(p3d_MultiTexCoord0);
    float half_length = abs(p3d_MultiTexCoord0.y) + streak * 0.5 * length(cross(axis, toward));
    position = middle + across * p3d_MultiTexCoord0.x + up * corner.y * half_length;
    tone = p3d_Color;
    gl_Position = p3d_ViewProjectionMatrix * vec4(position, 1.0);
}
