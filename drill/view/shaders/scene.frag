#version 330

#include "medium.glsl"
#include "light.glsl"
#include "mirror.glsl"
#include "sky.glsl"
#include "hazard.glsl"

uniform sampler2DArray surface_tint;  // sRGB of half the tint that a surface gives its colour; roughness
uniform sampler2DArray surface_form;  // normal's x and y, depth below its surroundings
uniform vec4 surface_of[40];          // a pattern's layer (below 0: none), tiles a metre, shine
uniform float sharper;                // below 1 takes finer tiles than the distance asks for
uniform float wet;                    // 1 while it rains
uniform float power;                  // 1 while the mains are on

in vec3 position;
in vec3 normal;
flat in vec4 colour;
in vec2 texcoord;

out vec4 painted;

const int SKY = 6, GLOW = 5, LAMP = 11, PLASTER = 2, DADO = 7, STRIPES = 9, CURTAIN = 10, PERFORATED = 24;
const int RIVER = 28, HILL = 29, WINDOW = 30, HALL_WALL = 31, FACADE = 33, BRICK = 26, CONCRETE = 17, WOOD = 1, GRASS = 14, GROUND = 4;

vec3 haze(vec3 shown) {
    float way = distance(position, eye);
    float share = 1.0 - exp(-max(way - 25.0, 0.0) / mix(700.0, 260.0, cloudiness));
    return mix(shown, sky_horizon * 0.9, share);
}

void main() {
    int pattern = int(colour.a + 0.5);
    vec3 flat_normal = normalize(normal);
    vec3 toward = normalize(position - eye);
    // Before any branch, so that neighbouring pixels have them too.
    vec3 right = dFdx(position), up = dFdy(position);
    vec2 texel_right = dFdx(texcoord) * sharper, texel_up = dFdy(texcoord) * sharper;
    if (pattern == SKY) {
        painted = vec4(to_screen(through_medium(sky_towards(toward) * exposure, position)), 1.0);
        return;
    }
    if (pattern == GLOW) {
        painted = vec4(to_screen(through_medium(colour.rgb * 1.5, position)), 1.0);
        return;
    }
    vec3 base = colour.rgb;
    if (pattern == LAMP && power > 0.5) {
        painted = vec4(to_screen(through_medium(base * 2.2, position)), 1.0);
        return;
    }
    int drawn = pattern;
    if (pattern == HALL_WALL) {
        drawn = texcoord.y < 2.05 ? DADO : PERFORATED;
        if (drawn == DADO) base = vec3(0.43, 0.235, 0.098);
        if (abs(texcoord.y - 2.08) < 0.04) base = vec3(0.30, 0.16, 0.07);
        if (texcoord.y < 0.12) base = vec3(0.12, 0.09, 0.07);
    } else if (pattern == PLASTER) {
        if (texcoord.y < 1.1) base *= vec3(0.80, 0.87, 0.80);
        base *= 1.0 - 0.3 * (1.0 - smoothstep(0.008, 0.014, abs(texcoord.y - 1.1)));
        if (texcoord.y < 0.1) base = vec3(0.13, 0.10, 0.08);
    } else if (pattern == FACADE) {
        drawn = texcoord.y < 1.2 ? BRICK : CONCRETE;
        if (drawn == BRICK) base = vec3(0.40, 0.22, 0.14);
        float joint = min(abs(fract(texcoord.x / 4.5) - 0.5) * 4.5, abs(fract((texcoord.y - 1.2) / 3.0 + 0.5) - 0.5) * 3.0);
        float blur = fwidth(texcoord.x) + fwidth(texcoord.y);
        base *= 1.0 - 0.30 * (1.0 - smoothstep(0.008, 0.016 + blur, joint)) * clamp(0.03 / blur, 0.0, 1.0);
        base *= 0.86 + 0.14 * smoothstep(0.0, 0.6, texcoord.y);
    } else if (pattern == STRIPES) {
        float band = step(0.32, texcoord.y) * step(texcoord.y, 0.52) + step(0.68, texcoord.y) * step(texcoord.y, 0.84);
        base = mix(base, vec3(0.92), clamp(band, 0.0, 1.0));
    }
    vec3 n = flat_normal;
    float rough = 0.7;
    vec4 surface = surface_of[drawn];
    if (surface.x >= 0.0) {
        // Water and hot air bend the way to what one sees; a floor's texture runs along x and y.
        vec2 seen = texcoord + (bent(position) - position).xy * step(0.9, flat_normal.z);
        vec3 at = vec3(seen * surface.y, surface.x);
        vec2 along = texel_right * surface.y, across = texel_up * surface.y;
        vec4 tint = textureGrad(surface_tint, at, along, across);
        vec4 form = textureGrad(surface_form, at, along, across);
        base *= tint.rgb * 2.0;
        rough = tint.a;
        vec3 first = cross(up, n), second = cross(n, right);
        vec3 tangent = first * along.x + second * across.x;
        vec3 other = first * along.y + second * across.y;
        float scale = inversesqrt(max(max(dot(tangent, tangent), dot(other, other)), 1e-20));
        vec2 lean = form.rg * 2.0 - 256.0 / 255.0;
        n = normalize(n + scale * (tangent * lean.x + other * lean.y));
        base *= form.b;
    }
    if (pattern == CURTAIN && abs(flat_normal.z) < 0.5) {
        vec3 side = normalize(vec3(-flat_normal.y, flat_normal.x, 0.0));
        float fold = texcoord.x * 26.0 + 1.3 * sin(texcoord.x * 5.0) + 0.25 * sin(texcoord.y * 2.0);
        n = normalize(n + side * cos(fold) * 0.75);
        base *= 0.82 + 0.18 * sin(fold);
    } else if (pattern == GRASS || pattern == GROUND) {
        base *= 0.80 + 0.4 * cloud(position.xy * 0.13);
    }
    base = wetted(base, position, flat_normal);
    float shine = surface.z;
    if (pattern == RIVER) {
        vec2 flow = texcoord * vec2(0.5, 0.16) - vec2(time * 0.05, time * 0.45);
        n = normalize(vec3(cloud(flow * 3.0) - 0.5, cloud(flow * 3.0 + 7.7) - 0.5, 5.0));
        base *= 0.85 + 0.4 * cloud(flow);
        rough = 0.25;
        shine = 0.04;
    }
    vec4 sky, lamp;
    if (wet > 0.0 && flat_normal.z > 0.8) {
        // Rain darkens and smooths what lies under the open sky.
        vec4 open_, unused;
        field_at(position, flat_normal, open_, unused);
        float soaked = wet * smoothstep(0.33, 0.45, open_.x);
        float puddle = smoothstep(0.50, 0.66, cloud(position.xy * 0.35)) * (pattern == GRASS ? 0.0 : 1.0);
        base *= 1.0 - 0.38 * soaked;
        rough = mix(rough, mix(0.55, 0.08, puddle), soaked);
        shine = max(shine, 0.04 * soaked);
        n = normalize(mix(n, flat_normal, soaked * puddle));
    }
    vec3 light = falling(position, flat_normal, n, sky, lamp);
    vec3 shown = base * (light + glow_on(position, n));
    if (shine > 0.0) {
        float facing = clamp(dot(-toward, n), 0.0, 1.0);
        float gloss = 1.0 - rough;
        float mirror = shine + (gloss - shine) * gloss * pow(1.0 - facing, 5.0);
        vec3 ray = reflect(toward, n);
        vec3 around = sky_light * max(sky.x + 1.4 * dot(sky.yzw, ray), 0.0);
        around += lamp_light * max(lamp.x + 1.4 * dot(lamp.yzw, ray), 0.0);
        if (pattern == RIVER || (wet > 0.0 && sky.x > 0.4 && n.z > 0.8)) around = sky_towards(vec3(ray.xy, abs(ray.z)));
        else if (flat_normal.z > 0.9 && shine > 0.045) {
            // The mirror image of a floor stands still, so its own bumps are taken back in part.
            vec3 calm = reflect(toward, normalize(mix(flat_normal, n, 0.35)));
            around = around * 0.55 + mirrored(position, calm, 0.03 + 0.22 * rough) * 1.5;
        }
        shown = shown * (1.0 - mirror) + around * mirror;
    }
    if (pattern == WINDOW) {
        float facing = clamp(dot(-toward, n), 0.0, 1.0);
        float lamp_on = step(0.6, hash(floor(position.xy * 0.21) + floor(position.z * 0.3))) * (1.0 - daylight) * power;
        shown = mix(base * light, sky_horizon, 0.25 + 0.6 * pow(1.0 - facing, 3.0)) + vec3(1.0, 0.78, 0.45) * 0.5 * lamp_on;
    }
    if (surface.x >= 0.0 || pattern >= RIVER) shown = haze(shown);
    painted = vec4(to_screen(through_medium(shown * exposure, position)), 1.0);
}
