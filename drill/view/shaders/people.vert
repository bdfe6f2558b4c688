#version 330

// Figures carried by bones, one texel column a person; see drill/view/people/crowd.py for the rows.

uniform mat4 p3d_ViewProjectionMatrix;
uniform sampler2D people;
uniform sampler2D looks;
uniform int first_person;

in vec4 p3d_Vertex;          // in a body of height 1, feet at 0, facing x
in vec3 p3d_Normal;
in vec4 p3d_Color;           // first bone, second bone, its share, slot
in vec4 p3d_MultiTexCoord0;  // group, bits of its variants, belly

out vec3 position;
out vec3 normal;
out vec3 local;
flat out int slot;
flat out vec4 colour;
flat out vec4 face;
flat out vec4 mood;
flat out vec4 self;
out vec2 texcoord;

const int FACE_ROW = 60, MOOD_ROW = 61;

vec4 row(int i) { return texelFetch(people, ivec2(first_person + gl_InstanceID, i), 0); }

vec3 unpack(float code) {
    float red = floor(code / 65536.0);
    float green = floor((code - red * 65536.0) / 256.0);
    return vec3(red, green, code - red * 65536.0 - green * 256.0) / 255.0;
}

void main() {
    mood = row(MOOD_ROW);
    int person = int(mood.z + 0.5);
    vec4 worn = texelFetch(looks, ivec2(person, 2), 0), more = texelFetch(looks, ivec2(person, 3), 0);
    int group = int(p3d_MultiTexCoord0.x + 0.5);
    float variant = group == 1 ? worn.x : group == 2 ? worn.y : group == 3 ? worn.z : group == 4 ? worn.w
        : group == 5 ? more.x : group == 6 ? more.y : group == 7 ? more.z : mood.w;
    int bits = int(p3d_MultiTexCoord0.y + 0.5);
    int first = int(p3d_Color.x + 0.5), second = int(p3d_Color.y + 0.5);
    bool headless = mood.w < -0.5;
    bool shown = group == 0 || ((bits >> int(variant + 0.5)) & 1) == 1;
    if (headless && (first == 3 || first == 4)) shown = false;
    slot = int(p3d_Color.w + 0.5);
    local = p3d_Vertex.xyz;
    texcoord = p3d_MultiTexCoord0.xy;
    if (!shown) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        position = vec3(0.0); normal = vec3(0.0, 0.0, 1.0);
        colour = face = self = vec4(0.0);
        return;
    }
    vec4 p = vec4(p3d_Vertex.xyz, 1.0);
    p.x += 0.085 * more.w * p3d_MultiTexCoord0.z;
    vec4 r0 = row(first * 3), r1 = row(first * 3 + 1), r2 = row(first * 3 + 2);
    float share = p3d_Color.z;
    if (share > 0.001) {
        r0 = mix(r0, row(second * 3), share);
        r1 = mix(r1, row(second * 3 + 1), share);
        r2 = mix(r2, row(second * 3 + 2), share);
    }
    position = vec3(dot(r0, p), dot(r1, p), dot(r2, p));
    normal = normalize(vec3(dot(r0.xyz, p3d_Normal), dot(r1.xyz, p3d_Normal), dot(r2.xyz, p3d_Normal)));
    face = row(FACE_ROW);
    self = texelFetch(looks, ivec2(person, 4), 0);
    vec4 one = texelFetch(looks, ivec2(person, 0), 0), two = texelFetch(looks, ivec2(person, 1), 0);
    float code = slot == 1 ? one.y : slot == 2 ? one.z : slot == 3 ? one.w : slot == 4 ? two.x : slot == 7 ? two.y
        : slot == 9 ? two.z : slot == 13 ? two.w : one.x;
    vec3 tone = slot == 5 ? vec3(0.13) : slot == 6 ? vec3(0.93) : slot == 10 ? vec3(0.66, 0.68, 0.70)
        : slot == 14 ? vec3(0.85, 0.84, 0.80) : unpack(code);
    colour = vec4(pow(tone, vec3(2.2)), unpack(one.y).r);
    gl_Position = p3d_ViewProjectionMatrix * vec4(position, 1.0);
}
