#version 330

// A flame: an upright sheet that turns about the vertical to face the eye.

uniform mat4 p3d_ViewProjectionMatrix;
uniform mat4 p3d_ModelMatrix;
uniform vec3 eye;
uniform vec3 flame;      // half width and height in m, time in s

in vec2 p3d_MultiTexCoord0;  // corner, -1 to 1

out vec3 position;
out vec2 corner;

void main() {
    vec3 foot = (p3d_ModelMatrix * vec4(0.0, 0.0, 0.0, 1.0)).xyz;
    vec2 toward = eye.xy - foot.xy;
    toward = dot(toward, toward) > 1e-6 ? normalize(toward) : vec2(1.0, 0.0);
    vec2 across = vec2(-toward.y, toward.x);
    corner = p3d_MultiTexCoord0;
    // The sheet stands in front of what burns.
    position = foot + vec3(across * corner.x * flame.x * 1.5 + toward * 0.15, (corner.y * 0.5 + 0.5) * flame.y * 1.45 - 0.05);
    gl_Position = p3d_ViewProjectionMatrix * vec4(position, 1.0);
}
