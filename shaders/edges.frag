#version 330
// Two small pictures on the way to a sharper one (Arad and Gotsman 1999), both by Sobel's slopes.
// SHIFTS 0: how strong the edges of `picture` are, in all its colours together.
// SHIFTS 1: of those, where to look instead: away from an edge's crest, in shares of the picture.

uniform sampler2D picture;
#if SHIFTS
uniform float push;  // pixels by which a slope of 1 a pixel shifts

const float MOST = 1.0;  // pixel that anything is shifted: more folds fine forms over each other
#endif

in vec2 at;
out vec4 shown;

vec3 texel(ivec2 place) {
    return texelFetch(picture, clamp(place, ivec2(0), textureSize(picture, 0) - 1), 0).rgb;
}

vec3 slope(ivec2 place, ivec2 along, ivec2 beside) {
    ivec2 after = place + along, before = place - along;
    return (texel(after - beside) + 2.0 * texel(after) + texel(after + beside)
        - texel(before - beside) - 2.0 * texel(before) - texel(before + beside)) / 8.0;
}

void main() {
    ivec2 place = ivec2(at * vec2(textureSize(picture, 0)));
    vec3 across = slope(place, ivec2(1, 0), ivec2(0, 1));
    vec3 down = slope(place, ivec2(0, 1), ivec2(1, 0));
#if SHIFTS
    vec2 uphill = vec2(across.r, down.r) * push;
    float far = length(uphill) + 1e-6;
    vec2 shift = -uphill * MOST * tanh(far / MOST) / far;
    shown = vec4(shift / vec2(textureSize(picture, 0)), 0.0, 1.0);
#else
    shown = vec4(sqrt(dot(across, across) + dot(down, down)));
#endif
}
