// A face painted on the front of the head: `at` in a body of height 1, y to the left, z up.

float blend(float d, float soft) { return 1.0 - smoothstep(-soft, soft, d); }

// lids: 0 open to 1 shut; gaze: to the left and up; mouth: 0 shut to 1 wide open; mood: brow up, smile.
vec3 painted_face(vec3 skin, vec3 hair, vec3 at, vec4 face, vec4 mood, vec4 self) {
    float soft = clamp(length(fwidth(at.yz)) * 0.7, 0.00012, 0.004);
    float young = self.x < 0.35 ? 1.0 - self.x / 0.35 : 0.0;
    float old = clamp((self.x - 0.6) / 0.4, 0.0, 1.0);
    vec3 shown = skin;
    float side = at.y > 0.0 ? 1.0 : -1.0;
    float y = abs(at.y), z = at.z;

    // Warm cheeks, nose and lips' surroundings; a little shade under the brow and the lip.
    float blush = exp(-pow((y - 0.0255) / 0.0115, 2.0) - pow((z - 0.9095) / 0.0090, 2.0));
    blush += 0.5 * exp(-pow(y / 0.008, 2.0) - pow((z - 0.911) / 0.008, 2.0));
    shown *= mix(vec3(1.0), vec3(1.04, 0.83, 0.80), (0.35 + 0.25 * young) * blush);
    shown *= 1.0 - 0.16 * exp(-pow((y - 0.0190) / 0.0125, 2.0) - pow((z - 0.9385) / 0.0042, 2.0));
    shown *= 1.0 - 0.16 * exp(-pow(y / 0.0090, 2.0) - pow((z - 0.8815) / 0.0026, 2.0));
    float nostril = exp(-pow((y - 0.0042) / 0.0024, 2.0) - pow((z - 0.9028) / 0.0015, 2.0));
    shown *= 1.0 - 0.55 * nostril;
    // Lines of age: beside nose and mouth, at the eyes, over the brow.
    float fold = abs(y - (0.0125 + (0.906 - z) * 0.62)) - 0.0004;
    shown *= 1.0 - (0.06 + 0.26 * old) * blend(fold, 0.0012) * step(0.884, z) * step(z, 0.905);
    float crow = abs(sin((z - 0.93) * 700.0)) * smoothstep(0.0315, 0.036, y) * (1.0 - smoothstep(0.038, 0.043, y));
    shown *= 1.0 - 0.14 * old * crow * step(abs(z - 0.93), 0.008);
    float furrow = smoothstep(0.55, 1.0, sin((z + y * y * 3.0) * 1150.0)) * step(0.953, z) * step(z, 0.970);
    shown *= 1.0 - 0.10 * old * furrow * (1.0 - smoothstep(0.018, 0.028, y));

    // Eye: an almond cut by the lids.
    float wide = 0.0094 + 0.0010 * young, tall = (0.0042 + 0.0013 * young) * self.w;
    vec2 e = vec2((y - 0.0190) / wide, (z - 0.9302) / tall);
    float lid = face.x;
    e.y -= 0.14 * e.x;
    float arc = max(1.0 - e.x * e.x, 0.0);
    float upper = mix(pow(arc, 0.62), -0.55 * arc, lid), lower = -0.72 * pow(arc, 0.85);
    float open_ = min(upper - e.y, e.y - lower) * tall;
    float inside = (abs(e.x) < 1.0 ? 1.0 : 0.0) * smoothstep(-soft, soft, open_);
    vec2 turned = vec2(at.y * side - 0.0190 - side * face.y * 0.0034, z - 0.9300 - face.z * 0.0026);
    float far_ = length(turned);
    vec3 white = vec3(0.86, 0.85, 0.83) * (0.72 + 0.28 * smoothstep(0.0, 0.6 * tall, upper * tall - e.y * tall));
    white = mix(white, skin * vec3(1.05, 0.78, 0.74), smoothstep(0.72, 1.0, abs(e.x)) * 0.6);
    float radius = 0.0044 + 0.0006 * young;
    vec3 iris = mix(vec3(0.030, 0.014, 0.008), vec3(0.16, 0.085, 0.040), smoothstep(0.2, 0.95, far_ / radius) * 0.9);
    iris *= 0.65 + 0.7 * smoothstep(0.002, -0.003, turned.y);
    iris = mix(iris, vec3(0.012, 0.008, 0.006), smoothstep(0.80, 1.0, far_ / radius));
    iris = mix(vec3(0.006), iris, smoothstep(0.0017, 0.0022, far_));
    vec3 ball = mix(iris, white, smoothstep(radius - soft, radius + soft, far_));
    float shine = blend(length(turned - vec2(-0.0013 * side, 0.0016)) - 0.00095, soft);
    ball = mix(ball, vec3(1.0), 0.9 * shine);
    shown = mix(shown, ball, inside);
    float lash = (abs(e.x) < 1.06 ? 1.0 : 0.0) * blend(abs((upper - e.y) * tall + 0.0002) - (0.00055 + 0.0004 * max(e.x, 0.0)), soft);
    shown = mix(shown, hair * 0.25 + 0.004, 0.92 * lash);
    float under = (abs(e.x) < 0.95 ? 1.0 : 0.0) * blend(abs((e.y - lower) * tall) - 0.00025, soft);
    shown = mix(shown, skin * vec3(0.55, 0.42, 0.40), 0.55 * under);
    float crease = abs((pow(max(arc, 0.0), 0.5) + 0.50 - e.y) * tall) - 0.00018;
    shown = mix(shown, skin * vec3(0.60, 0.48, 0.45), 0.5 * blend(crease, soft) * step(abs(e.x), 0.95) * (1.0 - 0.4 * young));
    float bag = exp(-pow(e.x, 2.0) - pow((e.y + 1.55) / 0.35, 2.0));
    shown *= 1.0 - 0.15 * old * bag;

    // Brow.
    float along = (y - 0.0185) / 0.0125;
    float height = 0.9425 + 0.0018 * young + 0.0030 * mood.x - 0.0022 * along * along + 0.0008 * along;
    // What is above the even number is how bushy; the even number itself is the weave of the shirt.
    float bushy = self.y - 2.0 * floor(self.y / 2.0 + 0.25);
    float thick = (0.00125 + 0.0010 * bushy) * (1.15 - 0.75 * smoothstep(0.0, 1.0, along)) * (1.0 - 0.25 * young);
    float hairs = 0.75 + 0.25 * sin(along * 46.0 + z * 3000.0);
    float brow = blend(abs(z - height) - thick, soft + 0.0004) * smoothstep(1.05, 0.8, abs(along));
    vec3 brow_tone = mix(hair * 0.75, vec3(0.55), 0.35 * old);
    shown = mix(shown, brow_tone, 0.78 * brow * hairs);

    // Mouth: two lips, between them dark with teeth when it opens.
    float smile = mood.y, gape = face.w;
    float half_ = 0.0112 + 0.0020 * smile - 0.0022 * gape + 0.0012 * (1.0 - young);
    float m = clamp(y / half_, 0.0, 1.2);
    float corner = 0.0030 * smile * m * m;
    float line = 0.8905 + corner - 0.0006 * (1.0 - m * m);
    float opening = (0.0001 + 0.0066 * gape) * sqrt(max(1.0 - m * m, 0.0));
    float top = line + 0.35 * opening, bottom = line - opening;
    float upper_lip = (0.0024 + 0.0005 * cos(m * 9.0) * (1.0 - m)) * (1.0 - m * m);
    float lower_lip = 0.0034 * (1.0 - m * m);
    float lips = smoothstep(-soft, soft, min(top + upper_lip - z, z - (bottom - lower_lip))) * step(y, half_);
    vec3 lip_tone = skin * mix(vec3(0.86, 0.52, 0.50), vec3(0.80, 0.60, 0.58), old);
    shown = mix(shown, lip_tone * (0.94 + 12.0 * max(line - z, 0.0)), 0.62 * lips);
    float hollow = smoothstep(-soft, soft, min(top - z, z - bottom)) * step(y, half_);
    vec3 within = mix(vec3(0.05, 0.012, 0.012), vec3(0.72, 0.70, 0.66), smoothstep(soft, -soft, top - z - 0.0019) * step(y, half_ * 0.8) * gape);
    shown = mix(shown, within, hollow * smoothstep(0.04, 0.15, gape));
    float seam = blend(abs(z - line) - 0.00028, soft) * step(y, half_) * (1.0 - smoothstep(0.05, 0.2, gape));
    shown = mix(shown, skin * vec3(0.34, 0.20, 0.19), 0.8 * seam);
    return shown;
}
