#version 330

in vec3 position;
out vec4 painted;

void main() {
    painted = vec4(position.z, 0.0, 0.0, 1.0);
}
