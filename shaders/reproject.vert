#version 330
// Covers the target and says where each of its points lies on the two pictures: with one triangle,
// or, mirrored, with 4n triangles about the middle, of which two show what lies between two mirrors.

uniform int mirrors;  // through the middle, n of them; 0 is none
uniform float aspect;               // of the target
uniform mat3 newest_from_target;    // target 0..1, y down -> newest picture 0..1, y down
uniform mat3 previous_from_target;  // the same for the picture before

out vec2 on_newest;
out vec2 on_previous;

const float PI = 3.14159265359;
const float FAR = 4.0;  // heights: a triangle's far corners, so that it reaches over the target's

void main() {
    vec2 point = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    vec2 seen = point;
    if (mirrors > 0) {
        float apart = PI / float(mirrors);
        int corner = gl_VertexID % 3;
        float far = FAR * max(aspect, 1.0) * float(min(corner, 1));
        // Counter-clockwise from straight up, so that one mirror shows the left half on both sides.
        float angle = 0.5 * apart * float(gl_VertexID / 3 + corner / 2);
        float folded = apart - abs(apart - mod(angle, 2.0 * apart));
        point = 0.5 - far * vec2(sin(angle) / aspect, cos(angle));
        seen = 0.5 - far * vec2(sin(folded) / aspect, cos(folded));
    }
    on_newest = (newest_from_target * vec3(seen, 1.0)).xy;
    on_previous = (previous_from_target * vec3(seen, 1.0)).xy;
    gl_Position = vec4(point * 2.0 - 1.0, 0.0, 1.0);
}
