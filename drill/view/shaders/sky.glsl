// The sky: gradient, clouds, the sun's glow, stars.

uniform vec3 sky_zenith;
uniform vec3 sky_horizon;
uniform float cloudiness;   // 0 fair to 1 overcast
uniform float daylight;

vec3 sky_towards(vec3 toward) {
    float height = clamp(toward.z, 0.0, 1.0);
    vec3 sky = mix(sky_horizon, sky_zenith, pow(height, 0.45));
    float near_sun = max(dot(toward, sun_way), 0.0);
    sky += sun_light * (0.10 * pow(near_sun, 8.0) + 1.2 * smoothstep(0.9985, 0.9994, near_sun));
    vec2 at = toward.xy / (height + 0.16);
    vec2 drift = vec2(time * 0.006, time * 0.003);
    float body = cloud(at * 1.1 + drift) * 0.72 + 0.28 * cloud(at * 4.1 - drift * 2.0);
    float from = mix(0.56, 0.16, cloudiness);
    float cover = smoothstep(from, from + mix(0.2, 0.34, cloudiness), body);
    float lit_side = cloud(at * 1.1 + drift - sun_way.xy * 0.25);
    float shade = mix(0.80, 0.50, cloudiness) + mix(0.32, 0.5, cloudiness) * (0.75 - lit_side) + 0.1 * body;
    vec3 white = (sky_horizon * 0.55 + vec3(dot(sky_horizon, vec3(0.33))) * 0.6) * mix(1.35, 1.0, cloudiness);
    sky = mix(sky, white * shade * mix(1.1, 0.92, cloudiness), cover * smoothstep(-0.02, 0.10, toward.z));
    if (daylight < 0.25 && cover < 0.9) {
        vec2 cell = floor(vec2(atan(toward.y, toward.x) * 90.0, toward.z * 120.0));
        float star = step(0.9965, hash(cell)) * smoothstep(0.05, 0.25, toward.z);
        sky += vec3(0.35) * star * (1.0 - cover) * (1.0 - daylight * 4.0);
    }
    return sky;
}
