#version 330

uniform sampler2D p3d_Texture0;
in vec2 texcoord;
in vec4 colour;
out vec4 painted;

void main() {
    painted = vec4(texture(p3d_Texture0, texcoord).rgb, 1.0);
}
