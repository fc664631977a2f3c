#version 330
// Covers the target with one triangle; `at` is the point of the picture, 0..1 where it fits.

uniform vec2 scale;  // how much of the picture is seen; a negative number turns it over

out vec2 at;

void main() {
    vec2 point = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    at = (point - 0.5) * scale + 0.5;
    gl_Position = vec4(point * 2.0 - 1.0, 0.0, 1.0);
}
