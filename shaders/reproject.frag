#version 330
// The newest dream picture carried along the camera path to now, cross-fading from the one before.
// EDGE (0 mirror, 1 wrap, 2 black) and FADING (0, 1) are defined by the renderer, one program for
// each pair: software OpenGL runs both sides of a branch.

uniform sampler2D newest;
uniform sampler2D previous;
uniform float weight;  // of the newest, 0..1
uniform mat3 colour;   // these two of display/grade.py
uniform vec3 offset;
uniform float brightness;

in vec2 on_newest;
in vec2 on_previous;
out vec4 shown;

vec3 look(sampler2D picture, vec2 at) {
#if EDGE == 0
    at = 1.0 - abs(1.0 - mod(at, 2.0));
#endif
    vec3 found = texture(picture, at).rgb;
#if EDGE == 2
    vec2 inside = (0.5 - abs(at - 0.5)) * vec2(textureSize(picture, 0)) + 0.5;
    found *= clamp(min(inside.x, inside.y), 0.0, 1.0);
#endif
    return found;
}

void main() {
    vec3 seen = look(newest, on_newest);
#if FADING
    seen = mix(look(previous, on_previous), seen, weight);
#endif
    shown = vec4(clamp(colour * seen + offset, 0.0, 1.0) * brightness, 1.0);
}
