// Light from above and from the windows, with the shade of what stands overhead.

uniform sampler2D height_map;  // height of the topmost thing at a place
uniform int shade_taps;          // 8 look around twice, 4 once: for a driver that draws in software
uniform vec4 height_area;      // least x and y, size in x and y

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
        for (int r = 1; r <= 2; ++r) {
            float radius = r == 1 ? 0.12 : 0.38;
            vec2 place = at + RING[i] * radius / height_area.zw;
            float above = texture(height_map, place).r - from.z;
            shade += smoothstep(0.04, 0.25, above) * (r == 1 ? 0.6 : 0.4);
        }
    }
    return shade / 8.0;
}

vec3 lit(vec3 colour, vec3 position, vec3 normal) {
    float up = normal.z * 0.5 + 0.5;
    vec3 ambient = mix(vec3(0.30, 0.265, 0.23), vec3(0.44, 0.455, 0.49), up);
    float key = max(dot(normal, vec3(0.34, 0.22, 0.914)), 0.0);
    float window = max(dot(normal, vec3(-0.45, -0.85, 0.27)), 0.0);
    float side = max(dot(normal, vec3(0.89, -0.32, 0.32)), 0.0);
    float shade = overhead_shade(position, normal);
    vec3 light = ambient * (1.0 - 0.45 * shade);
    light += vec3(1.0, 0.95, 0.86) * 0.56 * key * (1.0 - 0.85 * shade);
    light += vec3(0.86, 0.93, 1.0) * (0.30 * window + 0.13 * side);
    return colour * light;
}
