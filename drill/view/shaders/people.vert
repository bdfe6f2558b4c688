#version 330

// A figure of ten parts, posed by angles. One texel column a person; see drill/view/poses.py for the rows.

uniform mat4 p3d_ViewProjectionMatrix;
uniform sampler2D people;
uniform int first_person;

in vec4 p3d_Vertex;    // in a body of height 1, feet at 0, facing x
in vec3 p3d_Normal;
in vec4 p3d_Color;     // part, slot of the colour, style it belongs to (0 every)
in vec2 p3d_MultiTexCoord0;

out vec3 position;
out vec3 normal;
flat out vec4 colour;
out vec2 texcoord;

const float HIP = 0.525, KNEE = 0.285, SHOULDER = 0.815, ELBOW = 0.645, NECK = 0.845;

vec4 row(int i) { return texelFetch(people, ivec2(first_person + gl_InstanceID, i), 0); }

// Turn in the plane of walking: positive takes what is above forward, what is below backward.
vec3 pitch(vec3 p, float a) { return vec3(p.x * cos(a) + p.z * sin(a), p.y, p.z * cos(a) - p.x * sin(a)); }
vec3 spread(vec3 p, float a) { return vec3(p.x, p.y * cos(a) - p.z * sin(a), p.y * sin(a) + p.z * cos(a)); }

vec3 unpack(float code) {
    float red = floor(code / 65536.0);
    float green = floor((code - red * 65536.0) / 256.0);
    return vec3(red, green, code - red * 65536.0 - green * 256.0) / 255.0;
}

void main() {
    vec4 place = row(0), build = row(1), trunk = row(2), legs = row(3), arms = row(4), tones = row(5), more = row(6);
    int part = int(p3d_Color.r + 0.5);
    int slot = int(p3d_Color.g + 0.5);
    int style = int(p3d_Color.b + 0.5);
    vec3 p = p3d_Vertex.xyz, n = p3d_Normal;
    float girth = build.y;

    if (part == 1) {
        p = vec3(0.0, 0.0, NECK) + (p - vec3(0.0, 0.0, NECK)) * more.z;
        p = vec3(0, 0, NECK) + pitch(p - vec3(0, 0, NECK), trunk.y);
        n = pitch(n, trunk.y);
    } else {
        p.xy *= girth;
    }
    if (part >= 2 && part <= 5) {
        bool left = part <= 3;
        float side = left ? 1.0 : -1.0;
        vec3 shoulder = vec3(0.0, side * 0.112 * girth, SHOULDER);
        vec3 elbow = vec3(0.0, side * 0.118 * girth, ELBOW);
        float raise = left ? arms.x : arms.z;
        float bend = left ? arms.y : arms.w;
        float wide = (left ? trunk.z : trunk.w) * side;
        if (part == 3 || part == 5) {
            p = elbow + pitch(p - elbow, -bend);
            n = pitch(n, -bend);
        }
        p = shoulder + spread(pitch(p - shoulder, -raise), wide);
        n = spread(pitch(n, -raise), wide);
    }
    if (part <= 5 && p3d_Color.a < 0.5) {
        vec3 hip = vec3(0.0, 0.0, HIP);
        p = hip + pitch(p - hip, trunk.x);
        n = pitch(n, trunk.x);
    }
    if (part >= 6) {
        bool left = part <= 7;
        vec3 hip = vec3(0.0, (left ? 0.05 : -0.05) * girth, HIP);
        vec3 knee = vec3(0.0, (left ? 0.05 : -0.05) * girth, KNEE);
        float swing = left ? legs.x : legs.z;
        float bend = left ? legs.y : legs.w;
        if (part == 7 || part == 9) {
            p = knee + pitch(p - knee, bend);
            n = pitch(n, bend);
        }
        p = hip + pitch(p - hip, -swing);
        n = pitch(n, -swing);
    }
    vec3 hips = vec3(0.0, 0.0, HIP);
    p = pitch(p - hips, build.w) + vec3(0.0, 0.0, build.z);
    n = pitch(n, build.w);
    if (style > 0 && style != int(more.y + 0.5)) p = vec3(0.0);
    p *= build.x;
    float c = cos(place.w), s = sin(place.w);
    mat3 turn = mat3(c, s, 0.0, -s, c, 0.0, 0.0, 0.0, 1.0);
    position = turn * p + place.xyz;
    normal = turn * n;
    vec3 tone = slot == 0 ? unpack(tones.x) : slot == 1 ? unpack(tones.y) : slot == 2 ? unpack(tones.z)
        : slot == 3 ? unpack(tones.w) : slot == 4 ? unpack(more.x) : slot == 5 ? vec3(0.05, 0.04, 0.04)
        : slot == 6 ? vec3(0.95) : unpack(more.w);
    colour = vec4(pow(tone, vec3(2.2)), 0.0);
    texcoord = p3d_MultiTexCoord0;
    gl_Position = p3d_ViewProjectionMatrix * vec4(position, 1.0);
}
