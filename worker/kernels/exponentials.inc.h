// Included inside a target's namespace: the parts of softmax that a compiler's own vectors are too slow for,
// on AVX-512. Elsewhere losses.inc.h has loops.
#if defined(__AVX512F__)

static inline __mmask16 first_lanes(std::size_t n) {
  return static_cast<__mmask16>((1U << n) - 1);
}

// Four registers of lanes hide each other's latency. A NaN is never larger, but where it is the first value.
static inline float largest_of_row(std::size_t units, const float* z) {
  const __m512 first = _mm512_set1_ps(z[0]);
  __m512 lanes[4] = {first, first, first, first};
  std::size_t i = 0;
  for (; i + 64 <= units; i += 64) {
    for (std::size_t l = 0; l < 4; ++l) lanes[l] = _mm512_max_ps(_mm512_loadu_ps(z + i + 16 * l), lanes[l]);
  }
  for (; i < units; i += 16) {
    const __mmask16 mask = first_lanes(units - i < 16 ? units - i : 16);
    lanes[0] = _mm512_max_ps(_mm512_mask_loadu_ps(first, mask, z + i), lanes[0]);
  }
  const __m512 pairs = _mm512_max_ps(_mm512_max_ps(lanes[0], lanes[1]), _mm512_max_ps(lanes[2], lanes[3]));
  return _mm512_reduce_max_ps(pairs);
}

// What exponentials_of_row() leaves of a row.
struct RowOfExponentials {
  float total;
  float least;  // z - m, but for NaN, clamped at -105
};

// exp(z - m) of a row whose largest value is m, to p where it is `kept`. Registers go through memory, whose
// loads convert for nothing. `ahead` floats behind the row is one that comes later.
template <bool kept>
static inline RowOfExponentials exponentials_of_row(std::size_t units, const float* z, float m, float* p,
                                                    std::size_t ahead) {
  const __m512 largest_value = _mm512_set1_ps(m);
  const __m512 lowest = _mm512_set1_ps(-105.0F);
  __m512d first = _mm512_setzero_pd();
  __m512d second = _mm512_setzero_pd();
  __m512 least = _mm512_setzero_ps();
  const auto below = [&](__m512 value) {
    const __m512 t = _mm512_max_ps(lowest, _mm512_sub_ps(value, largest_value));
    least = _mm512_min_ps(t, least);
    return t;
  };
  float buffer[32];
  std::size_t i = 0;
  for (; i + 32 <= units; i += 32) {
    for (std::size_t j = 0; j < 32; j += 16) {
      __builtin_prefetch(z + i + j + ahead);
      if (kept) __builtin_prefetch(p + i + j + ahead, 1);
    }
    float* to = kept ? p + i : buffer;
    const __m512 t[2] = {below(_mm512_loadu_ps(z + i)), below(_mm512_loadu_ps(z + i + 16))};
    exp_to(t, to);
    const float* e = hidden(to);
    for (std::size_t j = 0; j < 32; j += 16) {
      first = _mm512_add_pd(first, _mm512_cvtps_pd(_mm256_loadu_ps(e + j)));
      second = _mm512_add_pd(second, _mm512_cvtps_pd(_mm256_loadu_ps(e + j + 8)));
    }
  }
  for (; i < units; i += 16) {
    const __mmask16 mask = first_lanes(units - i < 16 ? units - i : 16);
    const __m512 t[1] = {below(_mm512_mask_loadu_ps(largest_value, mask, z + i))};
    exp_to(t, buffer);
    const float* e = hidden(static_cast<float*>(buffer));
    first = _mm512_add_pd(first, _mm512_maskz_cvtps_pd(static_cast<__mmask8>(mask), _mm256_loadu_ps(e)));
    second = _mm512_add_pd(second,
                           _mm512_maskz_cvtps_pd(static_cast<__mmask8>(mask >> 8), _mm256_loadu_ps(e + 8)));
    if (kept) _mm512_mask_storeu_ps(p + i, mask, _mm512_loadu_ps(e));
  }
  double lanes[16];
  _mm512_storeu_pd(lanes, first);
  _mm512_storeu_pd(lanes + 8, second);
  return {static_cast<float>(tree(lanes)), _mm512_reduce_min_ps(least)};
}

// p / total: q = p · (1 / total) and twice q + (p - q · total) · (1 / total). The first of these is within a
// unit of the last place, the second then is the quotient rounded once (Markstein, 1990), where 1 / total is
// rounded once and no remainder is denormal: from exp(-62) on, with a total of 1 to 2^24. A NaN is one either
// way.
static inline void divide_row(std::size_t units, float total, float least, float* p) {
  std::size_t i = 0;
  if (least > -62.0F) {
    const __m512 s = _mm512_set1_ps(total);
    const __m512 inverse = _mm512_set1_ps(1.0F / total);
    for (; i + 16 <= units; i += 16) {
      const __m512 e = _mm512_loadu_ps(p + i);
      __m512 q = _mm512_mul_ps(e, inverse);
      q = _mm512_fmadd_ps(_mm512_fnmadd_ps(q, s, e), inverse, q);
      q = _mm512_fmadd_ps(_mm512_fnmadd_ps(q, s, e), inverse, q);
      _mm512_storeu_ps(p + i, q);
    }
  }
  for (; i < units; ++i) p[i] = p[i] / total;
}

#endif
