#version 330

#include "medium.glsl"
#include "light.glsl"
#include "hazard.glsl"

in vec3 position;
in vec3 normal;
flat in vec4 colour;
in vec2 texcoord;

out vec4 painted;

float edge(float distance_, float width) {
    return smoothstep(width, width + fwidth(distance_) * 1.2 + 1e-4, distance_);
}

vec3 seen;  // the place of the surface that is seen here: water and hot air bend the way to it

vec3 boards(vec3 base, vec2 at, float width, float length_) {
    float row = floor(at.y / width);
    float shift = hash(vec2(row, 3.0)) * length_;
    float piece = floor((at.x + shift) / length_);
    float tone = hash(vec2(row, piece));
    vec3 wood = base * (0.84 + 0.26 * tone);
    float blur = clamp(0.02 / max(fwidth(at.y), 1e-4), 0.0, 1.0);
    float grain = noise(vec2(at.x * 2.2 + tone * 40.0, at.y * 60.0));
    wood *= 1.0 - 0.13 * blur * (grain - 0.5);
    float joint = abs(fract(at.y / width) - 0.5) * width;
    float gap = 1.0 - smoothstep(0.0, 0.004, width * 0.5 - joint);
    float end = fract((at.x + shift) / length_) * length_;
    gap = max(gap, 1.0 - smoothstep(0.0, 0.005, end));
    return wood * (1.0 - 0.35 * gap * blur);
}

vec3 surface(int pattern, vec3 base, vec3 n) {
    if (pattern == 1) return boards(base, seen.xy, 0.11, 1.8);
    if (pattern == 2 || pattern == 7) {
        vec3 wall = base * (0.96 + 0.06 * noise(seen.xy * 3.0 + seen.z * 2.0));
        float top = pattern == 7 ? 2.05 : 0.9;
        float along = texcoord.x;
        if (pattern == 7 && texcoord.y < top) {
            wall = boards(vec3(0.50, 0.30, 0.13), vec2(texcoord.y * 1.0, along), 0.16, 2.6);
        } else if (pattern == 2 && texcoord.y < top) {
            wall = mix(wall, vec3(0.60, 0.66, 0.62), 0.65);
        }
        wall *= 1.0 - 0.5 * (1.0 - smoothstep(0.0, 0.025, abs(texcoord.y - top)));
        if (texcoord.y < 0.11) wall = vec3(0.17, 0.15, 0.13);
        return wall * mix(0.80, 1.0, smoothstep(0.0, 0.5, texcoord.y));
    }
    if (pattern == 3) {
        vec2 cell = abs(fract(seen.xy / vec2(1.8, 0.9)) - 0.5);
        float line = max(smoothstep(0.488, 0.497, cell.x), smoothstep(0.478, 0.494, cell.y));
        return base * (1.0 - 0.22 * line);
    }
    if (pattern == 4) {
        float patch_ = cloud(seen.xy * 0.6);
        float grit = noise(seen.xy * 18.0) * clamp(0.05 / max(fwidth(seen.x), 1e-4), 0.0, 1.0);
        return base * (0.82 + 0.28 * patch_ + 0.10 * grit);
    }
    if (pattern == 8) {
        vec2 tile = floor(seen.xy / 0.45);
        vec2 in_tile = abs(fract(seen.xy / 0.45) - 0.5);
        float blur = clamp(0.03 / max(fwidth(seen.x), 1e-4), 0.0, 1.0);
        float seam = smoothstep(0.487, 0.496, max(in_tile.x, in_tile.y)) * blur;
        return base * (0.95 + 0.08 * hash(tile)) * (1.0 - 0.20 * seam);
    }
    if (pattern == 9) {
        float band = step(0.32, texcoord.y) * step(texcoord.y, 0.52) + step(0.68, texcoord.y) * step(texcoord.y, 0.84);
        return mix(base, vec3(0.92), clamp(band, 0.0, 1.0));
    }
    if (pattern == 10) {
        float fold = sin(dot(seen.xy, vec2(1.0, 1.0)) * 22.0);
        return base * (0.75 + 0.35 * fold * abs(n.z < 0.5 ? 1.0 : 0.0));
    }
    return base;
}

void main() {
    int pattern = int(colour.a + 0.5);
    vec3 n = normalize(normal);
    seen = bent(position);
    vec3 shown;
    if (pattern == 6) {
        vec3 toward = normalize(position - eye);
        float height = clamp(toward.z, 0.0, 1.0);
        vec3 sky = mix(vec3(0.56, 0.60, 0.63), vec3(0.33, 0.39, 0.46), pow(height, 0.6));
        shown = sky * (0.9 + 0.35 * cloud(toward.xy / (height + 0.25) * 1.6));
    } else if (pattern == 5) {
        shown = colour.rgb * 1.5;
    } else {
        vec3 base = wetted(surface(pattern, colour.rgb, n), position, n);
        shown = lit(base, position, n) + base * glow_on(position, n);
    }
    painted = vec4(to_screen(through_medium(shown, position)), 1.0);
}
