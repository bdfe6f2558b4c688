#version 330

in vec4 colour;
out vec4 painted;

void main() {
    painted = colour;
}
