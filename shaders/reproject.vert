#version 330
// Covers the target with one triangle and says where each of its points lies on the two pictures.

uniform mat3 newest_from_target;    // target 0..1, y down -> newest picture 0..1, y down
uniform mat3 previous_from_target;  // the same for the picture before

out vec2 on_newest;
out vec2 on_previous;

void main() {
    vec2 point = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    on_newest = (newest_from_target * vec3(point, 1.0)).xy;
    on_previous = (previous_from_target * vec3(point, 1.0)).xy;
    gl_Position = vec4(point * 2.0 - 1.0, 0.0, 1.0);
}
