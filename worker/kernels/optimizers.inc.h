// Included inside a target's namespace: the optimisers' steps.
//
// Where gradients stay 0, behind a relu that is off for all rows, what an optimiser keeps decays until it is
// denormal, and it stays so: 0.9 · 4 rounds to 4, in units of 2^-149. CPUs take a hundred cycles for such an
// operand, which made a step up to thirty times slower. So blocks that have some are computed without them:
// in whole numbers of 2^-149, and in the other sums, where they are too small to move anything, as 0. The
// bits are the same. aarch64 has no such price.
#if defined(__x86_64__)
constexpr bool denormals_cost = true;
#else
constexpr bool denormals_cost = false;
#endif

inline std::uint32_t bits_of_size(float x) {
  return __builtin_bit_cast(std::uint32_t, x) & 0x7fffffffU;
}

// Not 0, and below the float of those bits.
inline bool is_below(float x, std::uint32_t bits) {
  return bits_of_size(x) - 1U < bits - 1U;
}

constexpr std::uint32_t smallest_normal = 0x00800000;  // 2^-126

// factor · x, rounded once, of a denormal x and 0 < factor ≤ 1: the product is exact in double, and adding
// 2^52 rounds it to a whole number. Its bits are the float's, also at 2^23.
inline float decayed(float x, double factor) {
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, x);
  const double whole = static_cast<double>(static_cast<std::int32_t>(bits & 0x007fffffU)) * factor + 0x1p52;
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits_of(whole)) | (bits & 0x80000000U));
}

// x, or +0. By its bits: of `none ? 0 : x` compilers make two results, and compute the one with x as well.
inline float unless(bool none, float x) {
  return __builtin_bit_cast(float,
                            __builtin_bit_cast(std::uint32_t, x) & (static_cast<std::uint32_t>(none) - 1U));
}

// Below these, what is left out could move something.
constexpr std::uint32_t sgd_least_gradient = 0x0d800000;  // 2^-100
constexpr std::uint32_t sgd_least_weight = 0x1f800000;    // 2^-64
constexpr std::uint32_t adam_least_weight = 0x21800000;   // 2^-60

constexpr std::size_t step_block = 64;

inline void sgd_plain(std::size_t count, float learning_rate, float momentum_factor,
                      const float* __restrict gradient, float* __restrict velocity,
                      float* __restrict weights) {
  for (std::size_t i = 0; i < count; ++i) {
    velocity[i] = fma_float(momentum_factor, velocity[i], gradient[i]);
    weights[i] = fma_float(-learning_rate, velocity[i], weights[i]);
  }
}

// Needs what sgd() asks of denormal velocities: their products do not reach half a unit of a gradient's last
// place, or of a weight's.
inline void sgd_without_denormals(std::size_t count, float learning_rate, float momentum_factor,
                                  const float* __restrict gradient, float* __restrict velocity,
                                  float* __restrict weights) {
  const double factor = static_cast<double>(momentum_factor);
  for (std::size_t i = 0; i < count; ++i) {
    const float v = velocity[i];
    const float g = gradient[i];
    const bool denormal = is_below(v, smallest_normal);
    const bool decays = denormal && bits_of_size(g) == 0;
    const float moved = fma_float(momentum_factor, unless(denormal, v), g);
    velocity[i] = decays ? decayed(v, factor) : moved;
    weights[i] = fma_float(-learning_rate, unless(decays, moved), weights[i]);
  }
}

// Of two arrays, or of the same one twice.
inline bool any_denormal(std::size_t count, const float* x, const float* y) {
  std::uint32_t some = 0;
  for (std::size_t i = 0; i < count; ++i) {
    some |= static_cast<std::uint32_t>(is_below(x[i], smallest_normal)) |
            static_cast<std::uint32_t>(is_below(y[i], smallest_normal));
  }
  return some != 0;
}

// Whether the products of denormal velocities, at most 2^-126 and 2^-116, are lost beside what they are added
// to.
inline bool sgd_may_leave_them_out(std::size_t count, const float* gradient, const float* velocity,
                                   const float* weights) {
  std::uint32_t too_small = 0;
  for (std::size_t i = 0; i < count; ++i) {
    too_small |= static_cast<std::uint32_t>(is_below(velocity[i], smallest_normal)) &
                 (static_cast<std::uint32_t>(is_below(gradient[i], sgd_least_gradient)) |
                  static_cast<std::uint32_t>(bits_of_size(weights[i]) < sgd_least_weight));
  }
  return too_small == 0;
}

// Settings with which denormals may be left out.
inline bool sgd_is_usual(float learning_rate, float momentum_factor) {
  return momentum_factor > 0.0F && momentum_factor <= 1.0F && learning_rate >= 0.0F &&
         learning_rate <= 1024.0F;
}

void sgd(std::size_t count, float learning_rate, float momentum_factor, const float* gradient,
         float* velocity, float* weights) {
  const bool usual = sgd_is_usual(learning_rate, momentum_factor);
  for (std::size_t first = 0; first < count; first += step_block) {
    const std::size_t width = count - first < step_block ? count - first : step_block;
    const float* g = gradient + first;
    float* v = velocity + first;
    float* w = weights + first;
    if (usual && any_denormal(width, v, v) && sgd_may_leave_them_out(width, g, v, w)) {
      sgd_without_denormals(width, learning_rate, momentum_factor, g, v, w);
    } else {
      sgd_plain(width, learning_rate, momentum_factor, g, v, w);
    }
  }
}

inline void adam_plain(std::size_t count, float alpha, const float* __restrict gradient,
                       float* __restrict first_moment, float* __restrict second_moment,
                       float* __restrict weights) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    const float m = fma_float(1.0F - beta1, g - first_moment[i], first_moment[i]);
    const float v = fma_float(1.0F - beta2, g * g - second_moment[i], second_moment[i]);
    first_moment[i] = m;
    second_moment[i] = v;
    weights[i] = weights[i] - (alpha * m) / (__builtin_sqrtf(v) + adam_epsilon);
  }
}

// Where adam_may_leave_them_out. 1 - (1 - beta) is beta: both differences are exact.
inline void adam_without_denormals(std::size_t count, float alpha, const float* __restrict gradient,
                                   float* __restrict first_moment, float* __restrict second_moment,
                                   float* __restrict weights) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    const float m = first_moment[i];
    const float v = second_moment[i];
    const bool first_decays = is_below(m, smallest_normal);
    const bool second_decays = is_below(v, smallest_normal);
    const float m_used = unless(first_decays, m);
    const float v_used = unless(second_decays, v);
    const float m_next = fma_float(1.0F - beta1, g - m_used, m_used);
    const float v_next = fma_float(1.0F - beta2, g * g - v_used, v_used);
    first_moment[i] = first_decays ? decayed(m, static_cast<double>(beta1)) : m_next;
    second_moment[i] = second_decays ? decayed(v, static_cast<double>(beta2)) : v_next;
    // The square root of a denormal is lost beside epsilon.
    const float deviation = __builtin_sqrtf(unless(second_decays, v_next)) + adam_epsilon;
    weights[i] = weights[i] - (alpha * unless(first_decays, m_next)) / deviation;
  }
}

// Whether a denormal moment has no gradient to meet, and what it moves a weight by, less than 2^-92, is lost.
inline bool adam_may_leave_them_out(std::size_t count, const float* gradient, const float* first_moment,
                                    const float* second_moment, const float* weights) {
  std::uint32_t too_small = 0;
  for (std::size_t i = 0; i < count; ++i) {
    too_small |= (static_cast<std::uint32_t>(is_below(first_moment[i], smallest_normal)) |
                  static_cast<std::uint32_t>(is_below(second_moment[i], smallest_normal))) &
                 (static_cast<std::uint32_t>(bits_of_size(gradient[i]) != 0) |
                  static_cast<std::uint32_t>(bits_of_size(weights[i]) < adam_least_weight));
  }
  return too_small == 0;
}

inline bool adam_is_usual(float alpha) {
  return denormals_cost && alpha >= 0.0F && alpha <= 1024.0F;
}

inline float alpha_of(float learning_rate, float product1, float product2) {
  return (learning_rate * __builtin_sqrtf(1.0F - product2)) / (1.0F - product1);
}

void adam(std::size_t count, float learning_rate, float weight_decay, float product1, float product2,
          const float* gradient, float* first_moment, float* second_moment, float* weights) {
  const float alpha = alpha_of(learning_rate, product1, product2);
  const bool usual = adam_is_usual(alpha);
  const float decay = learning_rate * weight_decay;
  if (weight_decay > 0.0F) {
    for (std::size_t i = 0; i < count; ++i) weights[i] = fma_float(-decay, weights[i], weights[i]);
  }
  for (std::size_t first = 0; first < count; first += step_block) {
    const std::size_t width = count - first < step_block ? count - first : step_block;
    const float* g = gradient + first;
    float* m = first_moment + first;
    float* v = second_moment + first;
    float* w = weights + first;
    if (usual && any_denormal(width, m, v) && adam_may_leave_them_out(width, g, m, v, w)) {
      adam_without_denormals(width, alpha, g, m, v, w);
    } else {
      adam_plain(width, alpha, g, m, v, w);
    }
  }
}
