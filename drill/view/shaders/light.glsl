// Light on a surface: what reaches its place from sky and lamps (drill/view/lightfield.py), the sun with its shadows,
// and the shade of what stands close overhead. Linear; 1 is a white sheet under the open sky at noon.

uniform sampler2D height_map;  // height of the topmost thing at a place
uniform int shade_taps;        // 8 look around twice, 4 once: for a driver that draws in software
uniform vec4 height_area;      // least x and y, size in x and y

uniform sampler3D sky_field;   // of a sky of 1: flux from all sides, and its vector in x, y, z
uniform sampler3D lamp_field;
uniform vec4 field_low;        // least corner; side of a cell
uniform vec3 field_size;       // metres
uniform vec3 sky_light;
uniform vec3 lamp_light;
uniform vec3 glimmer;          // what is left where nothing shines
uniform vec3 sun_light;        // nothing when it is behind clouds
uniform vec3 sun_way;          // towards it
uniform sampler2DShadow sun_map;
uniform mat4 sun_matrix;       // site axes to the shadow map, 0 to 1
uniform float exposure;        // how far the eye has opened

const vec4 OPEN_SKY = vec4(0.50, 0.0, 0.0, 0.43);

float overhead_shade(vec3 position, vec3 normal) {
    vec3 from = position + normal * 0.05;
    vec2 at = (from.xy - height_area.xy) / height_area.zw;
    float shade = 0.0;
    const vec2 RING[8] = vec2[8](vec2(1, 0), vec2(0.7, 0.7), vec2(0, 1), vec2(-0.7, 0.7),
                                 vec2(-1, 0), vec2(-0.7, -0.7), vec2(0, -1), vec2(0.7, -0.7));
    if (shade_taps < 8) {
        for (int i = 0; i < 8; i += 2) {
            float above = texture(height_map, at + RING[i] * 0.2 / height_area.zw).r - from.z;
            shade += smoothstep(0.04, 0.25, above);
        }
        return shade / 4.0;
    }
    for (int i = 0; i < 8; ++i) {
        float radius = (i & 1) == 0 ? 0.13 : 0.36;
        float above = texture(height_map, at + RING[i] * radius / height_area.zw).r - from.z;
        shade += smoothstep(0.04, 0.25, above) * ((i & 1) == 0 ? 1.2 : 0.8);
    }
    return shade / 8.0;
}

// Sky's and lamps' light around a place, each as flux and vector.
void field_at(vec3 position, vec3 normal, out vec4 sky, out vec4 lamp) {
    vec3 from = (position + normal * field_low.w * 0.8 - field_low.xyz) / field_size;
    vec3 beyond = abs(from - 0.5) - 0.5;
    float out_of_it = clamp(max(beyond.x, max(beyond.y, beyond.z)) * 20.0, 0.0, 1.0);
    sky = mix(texture(sky_field, from), OPEN_SKY, out_of_it);
    lamp = texture(lamp_field, from) * (1.0 - out_of_it);
}

float sun_on(vec3 position, vec3 normal) {
    vec3 at = (sun_matrix * vec4(position + normal * 0.06, 1.0)).xyz;
    if (any(lessThan(at, vec3(0.0))) || any(greaterThan(at, vec3(1.0)))) return 1.0;
    vec2 texel = 0.7 / vec2(textureSize(sun_map, 0));
    float open_ = 0.0;
    open_ += texture(sun_map, vec3(at.xy + texel * vec2(-1, -0.4), at.z - 0.0006));
    open_ += texture(sun_map, vec3(at.xy + texel * vec2(0.4, -1), at.z - 0.0006));
    open_ += texture(sun_map, vec3(at.xy + texel * vec2(1, 0.4), at.z - 0.0006));
    open_ += texture(sun_map, vec3(at.xy + texel * vec2(-0.4, 1), at.z - 0.0006));
    return open_ * 0.25;
}

// Light that falls on a surface, a share of 1, before the eye's exposure.
vec3 falling(vec3 position, vec3 flat_normal, vec3 normal, out vec4 sky, out vec4 lamp) {
    field_at(position, flat_normal, sky, lamp);
    float shade = overhead_shade(position, flat_normal) * clamp(flat_normal.z * 0.75 + 0.45, 0.0, 1.0);
    vec3 light = sky_light * max(sky.x + dot(sky.yzw, normal), 0.12 * sky.x);
    light += lamp_light * max(lamp.x + dot(lamp.yzw, normal), 0.25 * lamp.x);
    // What comes back from floors and walls of wood has taken a little of their colour.
    light *= mix(vec3(1.03, 0.985, 0.93), vec3(1.0), clamp(normal.z * 0.5 + 0.5, 0.0, 1.0));
    light *= 1.0 - 0.72 * shade;
    float facing = dot(normal, sun_way);
    if (facing > 0.0 && sun_light.r > 0.0) light += sun_light * facing * sun_on(position, flat_normal);
    return light + glimmer;
}

vec3 lit(vec3 colour, vec3 position, vec3 normal) {
    vec4 sky, lamp;
    return colour * falling(position, normal, normal, sky, lamp) * exposure;
}
