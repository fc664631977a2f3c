#version 330
// Draws each edge of an enlarged picture together: what lies beside it moves in, nothing rings.

uniform sampler2D picture;
uniform sampler2D shifts;  // of edges.frag

in vec2 at;
out vec4 shown;

void main() {
    shown = vec4(texture(picture, at + texture(shifts, at).xy).rgb, 1.0);
}
