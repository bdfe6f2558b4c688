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

float seven(vec2 p, int digit) {
    int on[10] = int[10](119, 36, 93, 109, 46, 107, 123, 37, 127, 111);
    int bits = on[digit];
    float ink = 0.0;
    vec2 a = abs(p);
    if ((bits & 1) != 0 && a.x < 0.5 && abs(p.y - 0.9) < 0.14) ink = 1.0;
    if ((bits & 2) != 0 && abs(p.x + 0.5) < 0.15 && abs(p.y - 0.45) < 0.5) ink = 1.0;
    if ((bits & 4) != 0 && abs(p.x - 0.5) < 0.15 && abs(p.y - 0.45) < 0.5) ink = 1.0;
    if ((bits & 8) != 0 && a.x < 0.5 && a.y < 0.14) ink = 1.0;
    if ((bits & 16) != 0 && abs(p.x + 0.5) < 0.15 && abs(p.y + 0.45) < 0.5) ink = 1.0;
    if ((bits & 32) != 0 && abs(p.x - 0.5) < 0.15 && abs(p.y + 0.45) < 0.5) ink = 1.0;
    if ((bits & 64) != 0 && a.x < 0.5 && abs(p.y + 0.9) < 0.14) ink = 1.0;
    return ink;
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
            float edge_ = max(abs(at.x) / 0.060, abs(at.y) / 0.030);
            vec3 patch_ = vec3(0.90);
            if (edge_ > 0.94) patch_ = vec3(0.35, 0.38, 0.50);
            float ink = seven((at + vec2(0.021, 0.0)) / vec2(0.024, 0.019), number / 10)
                + seven((at - vec2(0.021, 0.0)) / vec2(0.024, 0.019), number % 10);
            return mix(patch_, vec3(0.02, 0.025, 0.06), min(ink, 1.0));
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
