#version 330
// A picture as it is.

uniform sampler2D picture;

in vec2 at;
out vec4 shown;

void main() {
    shown = vec4(texture(picture, at).rgb, 1.0);
}
