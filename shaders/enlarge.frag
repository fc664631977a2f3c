#version 330
// Enlarges a picture along one axis by cubic convolution (Keys 1981, a = -0.6).

uniform sampler2D picture;
uniform ivec2 axis;  // (1, 0) or (0, 1)

in vec2 at;
out vec4 shown;

const float A = -0.6;

vec3 texel(ivec2 place) {
    return texelFetch(picture, clamp(place, ivec2(0), textureSize(picture, 0) - 1), 0).rgb;
}

void main() {
    vec2 texels = at * vec2(textureSize(picture, 0));
    float along = dot(texels, vec2(axis)) - 0.5;
    float f = fract(along);
    ivec2 place = ivec2(texels) * (1 - axis) + int(floor(along)) * axis;
    vec2 near = vec2(f, 1.0 - f);
    vec2 far = 1.0 + near;
    vec2 inner = ((A + 2.0) * near - (A + 3.0)) * near * near + 1.0;
    vec2 outer = ((A * far - 5.0 * A) * far + 8.0 * A) * far - 4.0 * A;
    shown = vec4(
        outer.x * texel(place - axis) + inner.x * texel(place)
        + inner.y * texel(place + axis) + outer.y * texel(place + 2 * axis), 1.0);
}
