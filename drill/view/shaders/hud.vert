#version 330

uniform mat4 p3d_ModelViewProjectionMatrix;
uniform vec4 p3d_ColorScale;
in vec4 p3d_Vertex;
in vec4 p3d_Color;
in vec2 p3d_MultiTexCoord0;
out vec2 texcoord;
out vec4 colour;

void main() {
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
    texcoord = p3d_MultiTexCoord0;
    colour = p3d_Color * p3d_ColorScale;
}
