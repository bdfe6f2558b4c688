#version 330

// People: skin and face, hair, cloth with folds, leather and metal, each by its slot.

#include "medium.glsl"
#include "light.glsl"
#include "face.glsl"

in vec3 position;
in vec3 normal;
in vec3 local;
flat in int slot;
flat in vec4 colour;
flat in vec4 face;
flat in vec4 mood;
flat in vec4 self;
in vec2 texcoord;

out vec4 painted;

const int SKIN = 0, HAIR = 1, TOP = 2, BOTTOM = 3, SHOES = 4, FACE = 8, BAG = 9, METAL = 10, LEG = 11, HAND = 12, SCARF = 13;

// Folds of cloth: long waves that gather at joints, as a tilt of the normal.
vec3 folded(vec3 n, float strength) {
    vec2 at = vec2(atan(local.y, local.x + 0.012) * 1.6 + self.z, local.z * 17.0);
    float gather = 0.35 + 0.9 * exp(-pow((local.z - 0.62) / 0.05, 2.0)) + 0.9 * exp(-pow((local.z - 0.285) / 0.05, 2.0))
        + 0.7 * exp(-pow((local.z - 0.06) / 0.04, 2.0)) + 0.7 * exp(-pow((local.z - 0.51) / 0.03, 2.0));
    vec2 warped = at + 0.6 * vec2(noise(at * 1.3), noise(at * 1.7 + 5.0));
    float here = noise(warped * vec2(2.2, 1.5)), along = noise(warped * vec2(2.2, 1.5) + vec2(0.14, 0.0)),
          up = noise(warped * vec2(2.2, 1.5) + vec2(0.0, 0.14));
    vec3 side = normalize(cross(vec3(0.0, 0.0, 1.0), n) + 1e-4);
    return normalize(n - strength * gather * ((along - here) * side * 2.2 + vec3(0.0, 0.0, (up - here) * 2.2)));
}

// Digits as strokes of a pen, 1 wide and 1.8 high around the origin.
const vec2 STROKES[83] = vec2[83](
    vec2(-0.50, 0.50), vec2(-0.20, 0.90), vec2(0.20, 0.90), vec2(0.50, 0.50), vec2(0.50, -0.50), vec2(0.20,
    -0.90), vec2(-0.20, -0.90), vec2(-0.50, -0.50), vec2(-0.50, 0.50), vec2(-0.28, 0.58), vec2(0.06, 0.90),
    vec2(0.06, -0.90), vec2(-0.50, 0.50), vec2(-0.22, 0.88), vec2(0.22, 0.88), vec2(0.50, 0.50), vec2(0.42,
    0.12), vec2(-0.50, -0.90), vec2(0.50, -0.90), vec2(-0.46, 0.66), vec2(-0.15, 0.90), vec2(0.22, 0.90),
    vec2(0.47, 0.55), vec2(0.36, 0.16), vec2(0.00, 0.05), vec2(0.42, -0.14), vec2(0.50, -0.55), vec2(0.20,
    -0.90), vec2(-0.20, -0.90), vec2(-0.50, -0.60), vec2(0.24, -0.90), vec2(0.24, 0.90), vec2(-0.50, -0.38),
    vec2(0.52, -0.38), vec2(0.44, 0.90), vec2(-0.38, 0.90), vec2(-0.44, 0.12), vec2(0.10, 0.26), vec2(0.46,
    -0.02), vec2(0.50, -0.45), vec2(0.20, -0.88), vec2(-0.20, -0.90), vec2(-0.50, -0.62), vec2(0.42, 0.72),
    vec2(0.10, 0.90), vec2(-0.30, 0.72), vec2(-0.50, 0.10), vec2(-0.50, -0.45), vec2(-0.20, -0.90), vec2(0.20,
    -0.90), vec2(0.50, -0.50), vec2(0.42, -0.06), vec2(0.05, 0.12), vec2(-0.36, -0.08), vec2(-0.50, 0.90),
    vec2(0.50, 0.90), vec2(-0.10, -0.90), vec2(0.00, 0.06), vec2(-0.40, 0.30), vec2(-0.40, 0.66), vec2(-0.12,
    0.92), vec2(0.12, 0.92), vec2(0.40, 0.66), vec2(0.40, 0.30), vec2(0.00, 0.06), vec2(-0.50, -0.26),
    vec2(-0.50, -0.60), vec2(-0.15, -0.92), vec2(0.15, -0.92), vec2(0.50, -0.60), vec2(0.50, -0.26), vec2(0.00,
    0.06), vec2(-0.42, -0.72), vec2(-0.10, -0.90), vec2(0.30, -0.72), vec2(0.50, -0.10), vec2(0.50, 0.45),
    vec2(0.20, 0.90), vec2(-0.20, 0.90), vec2(-0.50, 0.50), vec2(-0.42, 0.06), vec2(-0.05, -0.12), vec2(0.36,
    0.08));
const int FIRST[11] = int[11](0, 9, 12, 19, 30, 34, 43, 54, 57, 72, 83);

// How far a point is from the pen's way of a digit.
float digit(vec2 p, int which) {
    float nearest = 9.0;
    for (int i = FIRST[which]; i < FIRST[which + 1] - 1; i++) {
        vec2 along = STROKES[i + 1] - STROKES[i], to = p - STROKES[i];
        nearest = min(nearest, length(to - along * clamp(dot(to, along) / dot(along, along), 0.0, 1.0)));
    }
    return nearest;
}

// What is drawn on a shirt: 1 gym shirt with name patch, 2 stripes, 3 open jacket, 4 apron-like panel, 5 check.
vec3 shirt(vec3 base) {
    int kind = int(self.y / 2.0 + 0.25);
    bool front = local.x > 0.0;
    bool body = texcoord.x < 0.5;
    if (kind == 1) {
        vec3 trim = vec3(0.03, 0.08, 0.30);
        if (local.z > 0.842 && body) return trim;
        if (!body && local.z < 0.698) return trim;
        if (front && body && abs(local.y) < 0.060 && abs(local.z - 0.735) < 0.030) {
            vec2 at = vec2(local.y, local.z - 0.735);
            int number = int(self.z * 1000.0) % 40 + 1;
            float soft = clamp(length(fwidth(at)) * 0.5, 0.0001, 0.02), inner = min(0.060 - abs(at.x), 0.030 - abs(at.y));
            vec3 patch_ = mix(vec3(0.60, 0.62, 0.68), vec3(0.90), smoothstep(0.0012 - soft, 0.0012 + soft, inner));
            vec2 scale = vec2(0.026, 0.0195);
            float far_ = number < 10 ? digit(at / scale, number)
                : min(digit((at + vec2(0.0215, 0.0)) / scale, number / 10), digit((at - vec2(0.0215, 0.0)) / scale, number % 10));
            float ink = 1.0 - smoothstep(0.0034 - soft, 0.0034 + soft, far_ * 0.0215);
            return mix(patch_, vec3(0.02, 0.025, 0.06), ink);
        }
        return base;
    }
    if (kind == 2) return mix(base, vec3(0.78, 0.77, 0.74), step(0.55, fract(local.z * 34.0)));
    if (kind == 3) {
        float open_ = 0.016 + 0.020 * smoothstep(0.70, 0.84, local.z);
        if (front && body && abs(local.y) < open_) return vec3(0.80, 0.79, 0.76);
        float lapel = abs(abs(local.y) - open_ - 0.004);
        if (front && body && lapel < 0.003) return base * 0.55;
        return base;
    }
    if (kind == 4) {
        float placket = front && body ? abs(local.y) : 1.0;
        float button = length(vec2(local.y, mod(local.z, 0.045) - 0.022));
        if (front && body && button < 0.0032) return vec3(0.85, 0.83, 0.78);
        return base * (1.0 - 0.30 * smoothstep(0.0022, 0.0012, abs(placket - 0.008)));
    }
    if (kind == 5) {
        vec2 cell = step(0.5, fract(vec2(atan(local.y, local.x) * 3.2, local.z * 26.0)));
        return base * (0.62 + 0.19 * (cell.x + cell.y));
    }
    return base;
}

void main() {
    vec3 n = normalize(normal);
    if (!gl_FrontFacing) n = -n;
    vec3 toward = normalize(eye - position);
    vec3 base = colour.rgb;
    float facing = max(dot(n, toward), 0.0);
    float shine = 0.0, shine_power = 0.0, rim = 0.0;
    vec3 flat_normal = n;
    float distance_ = length(eye - position);
    if (slot == FACE) {
        float front = smoothstep(0.018, 0.034, local.x);
        vec3 tone = base;
        if (distance_ < 16.0 && front > 0.0) tone = mix(base, painted_face(base, vec3(colour.a * colour.a), local, face, mood, self), front);
        base = tone;
        rim = 0.10; shine = 0.07; shine_power = 14.0;
    } else if (slot == SKIN || slot == HAND || slot == LEG) {
        if (slot == LEG && local.z < 0.125 && self.x < 0.36) {
            base = vec3(0.82) * (0.86 + 0.14 * step(0.4, fract(local.z * 240.0)));
        }
        rim = 0.10; shine = 0.05; shine_power = 14.0;
        if (slot == HAND) base *= 1.0 - 0.05 * noise(local.yz * 500.0);
    } else if (slot == HAIR) {
        float strand = noise(vec2(atan(local.y, local.x) * 46.0, local.z * 34.0));
        base *= 0.72 + 0.56 * strand;
        shine = 0.22 * (0.4 + strand); shine_power = 16.0;
    } else if (slot == TOP || slot == BOTTOM || slot == SCARF || slot == 6 || slot == 7) {
        if (slot == TOP) base = shirt(base);
        if (distance_ < 14.0) {
            n = folded(n, (slot == 7 ? 0.05 : slot == BOTTOM ? 0.50 : 0.62));
            float weave = clamp(0.0016 / max(fwidth(local.z), 1e-5), 0.0, 1.0);
            base *= 1.0 + 0.05 * weave * (noise(local.yz * 900.0 + local.x * 700.0) - 0.5);
        }
        if (slot == BOTTOM && (int(texcoord.y + 0.5) & 12) != 0) {
            base *= 0.86 + 0.20 * smoothstep(0.2, 0.8, fract(atan(local.y, local.x) * 4.0));
        }
        rim = 0.06;
    } else if (slot == SHOES) {
        if (local.x > 0.02 && local.x < 0.055 && local.z > 0.030 && fract(local.x * 110.0) < 0.35) base = mix(base, vec3(0.8), 0.7);
        shine = 0.10; shine_power = 20.0;
    } else if (slot == BAG) {
        shine = 0.25; shine_power = 30.0;
    } else if (slot == METAL) {
        shine = 0.7; shine_power = 24.0;
    }
    vec4 sky, lamp;
    vec3 light = falling(position, flat_normal, n, sky, lamp) * exposure;
    vec3 shown = base * light;
    vec3 from = sky.yzw * sky_light.g + lamp.yzw * lamp_light.g + sun_light.g * sun_way * 0.3 + vec3(0.0, 0.0, 0.02);
    from = normalize(from);
    if (slot == FACE || slot == SKIN || slot == HAND || slot == LEG) {
        // Light wanders a little under skin: what is turned away keeps a warm tone.
        float away = clamp(0.5 - 0.5 * dot(n, from), 0.0, 1.0);
        shown += base * light * vec3(0.15, 0.05, 0.03) * (1.0 - away) * away * 2.0;
    }
    float gloss = 0.0;
    if (shine_power > 0.0) gloss = shine * pow(max(dot(normalize(toward + from), n), 0.0), shine_power);
    shown += (gloss + rim * pow(1.0 - facing, 3.0) * base) * light;
    painted = vec4(to_screen(through_medium(shown, position)), 1.0);
}
