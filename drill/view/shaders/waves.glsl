// The slope of a water surface: five trains of waves by the dispersion of gravity waves, and ripples. Needs noise.glsl.

vec2 wave_slope(vec2 at, float t) {
    vec2 s = vec2(0.0);
    const vec2 WAY[5] = vec2[5](vec2(0.92, 0.39), vec2(-0.55, 0.83), vec2(0.2, -0.98), vec2(-0.97, -0.25), vec2(0.6, 0.8));
    const float LONG[5] = float[5](2.3, 1.35, 0.83, 0.47, 0.29);
    for (int i = 0; i < 5; ++i) {
        float k = 6.2832 / LONG[i];
        float speed = sqrt(9.81 / k * tanh(k * 0.5));
        s += WAY[i] * cos(dot(WAY[i], at) * k - speed * k * t * 0.6) * (0.042 - 0.004 * float(i));
    }
    return s;
}

vec2 ripple_slope(vec2 at, float t) {
    vec2 small = at * 5.0 + t * 0.35;
    float h = cloud(small);
    return vec2(cloud(small + vec2(0.12, 0.0)) - h, cloud(small + vec2(0.0, 0.12)) - h) * 0.35;
}
