#version 330

// A streak a quad: its place in the box about the eye from the vertex, its width and length from the texcoord.

uniform mat4 p3d_ViewProjectionMatrix;
uniform vec3 eye;
uniform float time;
uniform vec3 rain_box;
uniform sampler2D roof_map;
uniform vec4 roof_area;

in vec4 p3d_Vertex;
in vec2 p3d_MultiTexCoord0;

out vec2 across;
out vec3 position;

const vec3 FALL = vec3(0.9, 0.5, -8.2);

void main() {
    vec3 place = p3d_Vertex.xyz + FALL * time / rain_box;
    vec3 from = eye / rain_box - 0.5;
    vec3 at = (fract(place - from) + from) * rain_box;
    vec3 down = normalize(FALL);
    vec3 side = normalize(cross(down, at - eye) + vec3(1e-5, 0.0, 0.0));
    float roof = textureLod(roof_map, (at.xy - roof_area.xy) / roof_area.zw, 0.0).r;
    float near = length(at - eye);
    bool hidden = at.z - 0.3 < roof || near < 0.8;
    float wide = 0.0022 + near * 0.00075;
    vec3 corner = at + side * p3d_MultiTexCoord0.x * wide - down * p3d_MultiTexCoord0.y * 0.42;
    across = p3d_MultiTexCoord0;
    position = corner;
    gl_Position = hidden ? vec4(2.0, 2.0, 2.0, 1.0) : p3d_ViewProjectionMatrix * vec4(corner, 1.0);
}
