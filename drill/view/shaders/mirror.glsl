// What a varnished floor mirrors of the room that the eye is in: its windows and its lamps.

uniform int pane_count;
uniform vec4 pane_line[6];    // one end of the window's line in plan, and the way to the other end
uniform vec4 pane_height[6];  // sill and head in site axes, width between mullions, unused
uniform vec4 lamp_grid;       // a lamp's place in plan, gaps in x and y
uniform vec4 lamp_shape;      // half size in x and y, height in site axes, 1 if there are lamps
uniform vec4 lamp_room;       // least and greatest x and y of the room

// Light from panes and lamps along a ray from `at`; `blur` widens with roughness.
vec3 mirrored(vec3 at, vec3 ray, float blur) {
    vec3 light = vec3(0.0);
    for (int i = 0; i < pane_count; ++i) {
        vec2 along = pane_line[i].zw;
        float across = ray.x * along.y - ray.y * along.x;
        if (abs(across) < 1e-4) continue;
        vec2 from = pane_line[i].xy - at.xy;
        float t = (from.x * along.y - from.y * along.x) / across;
        if (t <= 0.02) continue;
        float share = dot(at.xy + ray.xy * t - pane_line[i].xy, along) / dot(along, along);
        float z = at.z + ray.z * t;
        float soft = 0.03 + blur * t;
        float long_ = length(along);
        float inside = smoothstep(-soft, soft, share * long_) * smoothstep(-soft, soft, (1.0 - share) * long_);
        inside *= smoothstep(-soft, soft, z - pane_height[i].x) * smoothstep(-soft, soft, pane_height[i].y - z);
        float mullion = abs(fract(share * long_ / pane_height[i].z + 0.5) - 0.5) * pane_height[i].z;
        inside *= mix(1.0, smoothstep(0.03, 0.05 + soft * 0.6, mullion), clamp(0.35 / (soft * 6.0), 0.0, 1.0));
        light += sky_light * 0.85 * inside;
    }
    if (lamp_shape.w > 0.5 && ray.z > 0.02) {
        float t = (lamp_shape.z - at.z) / ray.z;
        vec2 hit = at.xy + ray.xy * t;
        if (all(greaterThan(hit, lamp_room.xy)) && all(lessThan(hit, lamp_room.zw))) {
            vec2 off = (fract((hit - lamp_grid.xy) / lamp_grid.zw + 0.5) - 0.5) * lamp_grid.zw;
            vec2 soft = vec2(0.03 + blur * t);
            vec2 inside = smoothstep(-soft, soft, lamp_shape.xy - abs(off));
            light += lamp_light * 3.2 * inside.x * inside.y;
        }
    }
    return light;
}
