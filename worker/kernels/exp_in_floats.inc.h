// Included inside a target's namespace: exp_float of many values. On AVX-512 and AVX2 it is evaluated in
// floats, twice as many in a register as doubles, as a sum of two: the larger one, and what rounding took
// from it. That is exact to 2^-31 of the value or better, and enough wherever the value and the value that
// much larger round to the same float; where one of some registers does not, which is rare, all are computed
// by exp_float. Every float was tried (tests/exhaustive).

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))

// sollya/exp_in_floats.py tells what the constants are.
#if defined(__AVX512F__)
using Floats = __m512;
constexpr int exp_field = 19;  // where the exponent stands, in parts
constexpr float exp_inverse_step = 0x1.715476p+4F;
constexpr float exp_step = 0x1.62e43p-5F;
constexpr float exp_step_rest = -0x1.05c61p-33F;
constexpr float exp_powers[] = {0x1.5556a6p-5F, 0x1.55571ep-3F};  // the highest first
constexpr float exp_doubt = 0x1.6a09e6p-33F;
alignas(64) constexpr std::uint32_t exp_turns[16] = {
    0x3f800000, 0x3f7daac3, 0x3f7b95c2, 0x3f79c3d3, 0x3f7837f0, 0x3f76f532, 0x3f75fed7, 0x3f75583f,
    0x3f7504f3, 0x3f7508a4, 0x3f75672a, 0x3f76248c, 0x3f7744fd, 0x3f78ccdf, 0x3f7ac0c7, 0x3f7d257d};
alignas(64) constexpr float exp_rests[16] = {
    -0x1.6a09e6p-34F, 0x1.8ce1cep-25F,  -0x1.9ee036p-27F, 0x1.9593fep-25F,  0x1.119afcp-25F, 0x1.3656ep-25F,
    -0x1.0aea56p-25F, -0x1.03accp-27F,  0x1.249b52p-26F,  -0x1.06804ap-25F, 0x1.61f9a2p-28F, 0x1.9e0dbcp-28F,
    -0x1.fc9718p-27F, -0x1.6f09dcp-28F, -0x1.aac9a4p-28F, 0x1.5b9a66p-28F};
#else
using Floats = __m256;
constexpr int exp_field = 20;
constexpr float exp_inverse_step = 0x1.715476p+3F;
constexpr float exp_step = 0x1.62e43p-4F;
constexpr float exp_step_rest = -0x1.05c61p-32F;
constexpr float exp_powers[] = {0x1.11160ep-7F, 0x1.555a3ap-5F, 0x1.555556p-3F};
constexpr float exp_doubt = 0x1.3b2c48p-31F;
alignas(32) constexpr std::uint32_t exp_turns[8] = {0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7,
                                                    0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7};
alignas(32) constexpr float exp_rests[8] = {-0x1.3b2c48p-32F, -0x1.a5e584p-27F, 0x1.0fd9a8p-25F,
                                            -0x1.0cabaap-25F, 0x1.2118acp-26F,  0x1.53ef06p-28F,
                                            -0x1.01ce34p-26F, -0x1.b8d442p-28F};
#endif
using Words = std::uint32_t __attribute__((vector_size(sizeof(Floats))));

// The entry of a register's table that the low bits of each lane name.
#if defined(__AVX512F__)
inline Floats look_up(Words turn, Floats table) {
  return _mm512_permutexvar_ps(__builtin_bit_cast(__m512i, turn), table);
}
inline bool any_set(Words words) {
  const auto bits = __builtin_bit_cast(__m512i, words);
  return _mm512_test_epi32_mask(bits, bits) != 0;
}
// Also where one is a NaN.
inline bool any_outside(Floats least, float from, Floats most, float to) {
  return (_mm512_cmp_ps_mask(least, _mm512_set1_ps(from), _CMP_NGE_UQ) |
          _mm512_cmp_ps_mask(most, _mm512_set1_ps(to), _CMP_NLE_UQ)) != 0;
}
inline Floats smaller(Floats a, Floats b) {
  return _mm512_min_ps(a, b);
}
inline Floats larger(Floats a, Floats b) {
  return _mm512_max_ps(a, b);
}
#else
inline Floats look_up(Words turn, Floats table) {
  return _mm256_permutevar8x32_ps(table, __builtin_bit_cast(__m256i, turn));
}
inline bool any_set(Words words) {
  const auto bits = __builtin_bit_cast(__m256i, words);
  return _mm256_testz_si256(bits, bits) == 0;
}
inline bool any_outside(Floats least, float from, Floats most, float to) {
  return (_mm256_movemask_ps(_mm256_cmp_ps(least, _mm256_set1_ps(from), _CMP_NGE_UQ)) |
          _mm256_movemask_ps(_mm256_cmp_ps(most, _mm256_set1_ps(to), _CMP_NLE_UQ))) != 0;
}
inline Floats smaller(Floats a, Floats b) {
  return _mm256_min_ps(a, b);
}
inline Floats larger(Floats a, Floats b) {
  return _mm256_max_ps(a, b);
}
#endif

// exp of t within [exp_floats_from, exp_floats_to]; `doubt` gets bits where it may be another float.
constexpr float exp_floats_from = -76.0F;
constexpr float exp_floats_to = 88.0F;

[[gnu::always_inline]] inline Floats exp_in_floats(Floats t, Words& doubt) {
  const auto all = [](float value) { return Lanes::all(value).v; };
  const auto fma = [](Floats a, Floats b, Floats c) { return fma_lanes({a}, {b}, {c}).v; };
  const Floats round = all(0x1.8p23F);  // adding it leaves the nearest integer in the low bits
  const Floats shifted = fma(t, all(exp_inverse_step), round);
  const auto turn = __builtin_bit_cast(Words, shifted);
  const Floats n = shifted - round;
  // t - n · step: the first part without error, for n is 0 or the difference a multiple of 2^-29 (2^-28 for
  // the larger step) below 2^-5 (2^-4).
  const Floats r = fma(n, all(-exp_step), t);
  const Floats rest = fma(n, all(-exp_step_rest), look_up(turn, Lanes::load(exp_rests).v));
  const Floats whole = r + rest;
  Floats p = all(exp_powers[0]);
  for (std::size_t i = 1; i < sizeof exp_powers / sizeof(float); ++i) p = fma(p, whole, all(exp_powers[i]));
  p = fma(p, whole, all(0.5F));
  const Floats behind = fma(whole * whole, p, rest);  // exp = scale · (1 + r + behind)
  Floats turns;
  __builtin_memcpy(&turns, exp_turns, sizeof turns);
  const auto scale =
      __builtin_bit_cast(Floats, (turn << exp_field) + __builtin_bit_cast(Words, look_up(turn, turns)));
  const Floats large = fma(scale, r, scale);
  const Floats lost = fma(scale, r, scale - large);
  const Floats small = fma(scale, behind, lost);
  const Floats value = large + small;
  const Floats above = large + fma(large, all(exp_doubt), small);
  doubt |= __builtin_bit_cast(Words, value) ^ __builtin_bit_cast(Words, above);
  return value;
}

// Of N registers to `to`.
template <std::size_t N>
[[gnu::always_inline]] inline void exp_to(const Floats (&t)[N], float* to) {
  Words doubt = {};
  Floats least = t[0];
  Floats most = t[0];
  for (std::size_t j = 1; j < N; ++j) {
    least = smaller(least, t[j]);
    most = larger(most, t[j]);
  }
  for (std::size_t j = 0; j < N; ++j) Lanes{exp_in_floats(t[j], doubt)}.store(to + Lanes::width * j);
  // Where one is a NaN both functions return the second one: of two, it is that NaN, or a number that counts.
  static_assert(N <= 2);
  const bool outside = any_outside(least, exp_floats_from, most, exp_floats_to);
  if (__builtin_expect(!outside && !any_set(doubt), 1)) return;
  float x[Lanes::width * N];
  for (std::size_t j = 0; j < N; ++j) Lanes{t[j]}.store(x + Lanes::width * j);
  of_each<exp_float>(Lanes::width * N, x, to);
}

// y may be x.
void exponentials_of(std::size_t count, const float* x, float* y) {
  constexpr std::size_t width = Lanes::width;
  std::size_t i = 0;
  for (; i + 2 * width <= count; i += 2 * width) {
    const Floats t[2] = {Lanes::load(x + i).v, Lanes::load(x + i + width).v};
    exp_to(t, y + i);
  }
  for (; i < count; i += width) {
    const std::size_t some = count - i < width ? count - i : width;
    const Floats t[1] = {Lanes::load_first(x + i, some).v};
    float e[width];
    exp_to(t, e);
    Lanes::load(e).store_first(y + i, some);
  }
}

#else

void exponentials_of(std::size_t count, const float* x, float* y) {
  of_each<exp_float>(count, x, y);
}

#endif
