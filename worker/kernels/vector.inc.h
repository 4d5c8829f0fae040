// Included inside a target's namespace: `Lanes`, the widest register of floats, what the products need of it,
// and how many registers a tile may use: `accumulators` in all, `tile_vectors` of them side by side at most.
// Where the CPU has no fma the emulation of math.inc.h is used, lane by lane.
#if defined(__AVX512F__)
struct Lanes {
  static constexpr std::size_t width = 16;
  __m512 v;
  static Lanes zero() { return {_mm512_setzero_ps()}; }
  static Lanes load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Lanes load_first(const float* p, std::size_t n) { return {_mm512_maskz_loadu_ps(mask(n), p)}; }
  static Lanes all(float a) { return {_mm512_set1_ps(a)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void store_first(float* p, std::size_t n) const { _mm512_mask_storeu_ps(p, mask(n), v); }
  static __mmask16 mask(std::size_t n) { return static_cast<__mmask16>((1U << n) - 1); }
};
static inline Lanes fma_lanes(Lanes a, Lanes b, Lanes c) {
  return {_mm512_fmadd_ps(a.v, b.v, c.v)};
}
static inline Lanes add_lanes(Lanes a, Lanes b) {
  return {_mm512_add_ps(a.v, b.v)};
}
static constexpr std::size_t accumulators = 24;
static constexpr std::size_t tile_vectors = 4;
#elif defined(__AVX2__) && defined(__FMA__)
struct Lanes {
  static constexpr std::size_t width = 8;
  __m256 v;
  static Lanes zero() { return {_mm256_setzero_ps()}; }
  static Lanes load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Lanes load_first(const float* p, std::size_t n) { return {_mm256_maskload_ps(p, mask(n))}; }
  static Lanes all(float a) { return {_mm256_set1_ps(a)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void store_first(float* p, std::size_t n) const { _mm256_maskstore_ps(p, mask(n), v); }
  static __m256i mask(std::size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};
static inline Lanes fma_lanes(Lanes a, Lanes b, Lanes c) {
  return {_mm256_fmadd_ps(a.v, b.v, c.v)};
}
static inline Lanes add_lanes(Lanes a, Lanes b) {
  return {_mm256_add_ps(a.v, b.v)};
}
static constexpr std::size_t accumulators = 12;
static constexpr std::size_t tile_vectors = 2;
#elif defined(__aarch64__)
struct Lanes {
  static constexpr std::size_t width = 4;
  float32x4_t v;
  static Lanes zero() { return {vdupq_n_f32(0.0F)}; }
  static Lanes load(const float* p) { return {vld1q_f32(p)}; }
  static Lanes all(float a) { return {vdupq_n_f32(a)}; }
  void store(float* p) const { vst1q_f32(p, v); }
  static Lanes load_first(const float* p, std::size_t n) {
    float all[width] = {};
    for (std::size_t i = 0; i < n; ++i) all[i] = p[i];
    return load(all);
  }
  void store_first(float* p, std::size_t n) const {
    float all[width];
    store(all);
    for (std::size_t i = 0; i < n; ++i) p[i] = all[i];
  }
};
static inline Lanes fma_lanes(Lanes a, Lanes b, Lanes c) {
  return {vfmaq_f32(c.v, a.v, b.v)};
}
static inline Lanes add_lanes(Lanes a, Lanes b) {
  return {vaddq_f32(a.v, b.v)};
}
static constexpr std::size_t accumulators = 24;
static constexpr std::size_t tile_vectors = 4;
#elif defined(__SSE4_2__)
struct Lanes {
  static constexpr std::size_t width = 4;
  __m128 v;
  static Lanes zero() { return {_mm_setzero_ps()}; }
  static Lanes load(const float* p) { return {_mm_loadu_ps(p)}; }
  static Lanes load_first(const float* p, std::size_t n) {
    float all[width] = {};
    for (std::size_t i = 0; i < n; ++i) all[i] = p[i];
    return load(all);
  }
  static Lanes all(float a) { return {_mm_set1_ps(a)}; }
  void store(float* p) const { _mm_storeu_ps(p, v); }
  void store_first(float* p, std::size_t n) const {
    float all[width];
    store(all);
    for (std::size_t i = 0; i < n; ++i) p[i] = all[i];
  }
};
// product + addend to odd, as in math.inc.h.
static inline __m128d odd_sum_pair(__m128d product, __m128d addend) {
  const __m128d sum = _mm_add_pd(product, addend);
  const __m128d back = _mm_sub_pd(sum, product);
  const __m128d error = _mm_add_pd(_mm_sub_pd(product, _mm_sub_pd(sum, back)), _mm_sub_pd(addend, back));
  const __m128i toward_zero = _mm_srli_epi64(_mm_castpd_si128(_mm_xor_pd(sum, error)), 63);
  const __m128i odd = _mm_or_si128(_mm_sub_epi64(_mm_castpd_si128(sum), toward_zero), _mm_set1_epi64x(1));
  const __m128d inexact =
      _mm_or_pd(_mm_cmplt_pd(error, _mm_setzero_pd()), _mm_cmpgt_pd(error, _mm_setzero_pd()));
  return _mm_blendv_pd(sum, _mm_castsi128_pd(odd), inexact);
}
// No fma here: the product is exact in double, and rounding the sum first to double and then to float is
// wrong only where the double lies halfway between two floats. Those sums, and all between 0 and the smallest
// normal float, go to odd first.
static inline Lanes fma_lanes(Lanes a, Lanes b, Lanes c) {
  const __m128d c0 = _mm_cvtps_pd(c.v);
  const __m128d c1 = _mm_cvtps_pd(_mm_movehl_ps(c.v, c.v));
  const __m128d product0 = _mm_mul_pd(_mm_cvtps_pd(a.v), _mm_cvtps_pd(b.v));
  const __m128d product1 =
      _mm_mul_pd(_mm_cvtps_pd(_mm_movehl_ps(a.v, a.v)), _mm_cvtps_pd(_mm_movehl_ps(b.v, b.v)));
  __m128d sum0 = _mm_add_pd(product0, c0);
  __m128d sum1 = _mm_add_pd(product1, c1);
  const __m128 first = _mm_castpd_ps(sum0);
  const __m128 second = _mm_castpd_ps(sum1);
  const __m128i low = _mm_castps_si128(_mm_shuffle_ps(first, second, 0x88));
  const __m128i high = _mm_castps_si128(_mm_shuffle_ps(first, second, 0xdd));
  const __m128i halfway =
      _mm_cmpeq_epi32(_mm_and_si128(low, _mm_set1_epi32(0x1fffffff)), _mm_set1_epi32(0x10000000));
  // The upper half of 2^-126 is 0x38100000; a sum of 0 wraps around.
  const __m128i size = _mm_sub_epi32(_mm_and_si128(high, _mm_set1_epi32(0x7fffffff)), _mm_set1_epi32(1));
  const __m128i tiny = _mm_cmpeq_epi32(_mm_min_epu32(size, _mm_set1_epi32(0x380fffff)), size);
  const __m128i doubtful = _mm_or_si128(halfway, tiny);
  if (__builtin_expect(_mm_testz_si128(doubtful, doubtful) == 0, 0)) {
    sum0 = odd_sum_pair(product0, c0);
    sum1 = odd_sum_pair(product1, c1);
  }
  return {_mm_movelh_ps(_mm_cvtpd_ps(sum0), _mm_cvtpd_ps(sum1))};
}
static inline Lanes add_lanes(Lanes a, Lanes b) {
  return {_mm_add_ps(a.v, b.v)};
}
static constexpr std::size_t accumulators = 8;
static constexpr std::size_t tile_vectors = 2;
#else
// One by one, as the definition reads.
#define RONDO_PLAIN_LANES
struct Lanes {
  static constexpr std::size_t width = 4;
  float v[4];
  static Lanes zero() { return {{0.0F, 0.0F, 0.0F, 0.0F}}; }
  static Lanes load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
  static Lanes all(float a) { return {{a, a, a, a}}; }
  void store(float* p) const {
    for (std::size_t i = 0; i < 4; ++i) p[i] = v[i];
  }
  static Lanes load_first(const float* p, std::size_t n) {
    Lanes r = zero();
    for (std::size_t i = 0; i < n; ++i) r.v[i] = p[i];
    return r;
  }
  void store_first(float* p, std::size_t n) const {
    for (std::size_t i = 0; i < n; ++i) p[i] = v[i];
  }
};
static inline Lanes fma_lanes(const Lanes& a, const Lanes& b, const Lanes& c) {
  Lanes r;
  for (std::size_t i = 0; i < 4; ++i) r.v[i] = fma_float(a.v[i], b.v[i], c.v[i]);
  return r;
}
static inline Lanes add_lanes(const Lanes& a, const Lanes& b) {
  return {{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3]}};
}
static constexpr std::size_t accumulators = 4;
static constexpr std::size_t tile_vectors = 2;
#endif

// a > b ? c : d and the like, lane by lane; false where a or b is a NaN.
#if defined(RONDO_PLAIN_LANES)
static inline Lanes where_greater(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d) {
  Lanes r;
  for (std::size_t i = 0; i < 4; ++i) r.v[i] = a.v[i] > b.v[i] ? c.v[i] : d.v[i];
  return r;
}
static inline Lanes where_equal(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d) {
  Lanes r;
  for (std::size_t i = 0; i < 4; ++i) r.v[i] = a.v[i] == b.v[i] ? c.v[i] : d.v[i];
  return r;
}
static inline Lanes divide_lanes(const Lanes& a, const Lanes& b) {
  return {{a.v[0] / b.v[0], a.v[1] / b.v[1], a.v[2] / b.v[2], a.v[3] / b.v[3]}};
}
#else
static inline Lanes where_greater(Lanes a, Lanes b, Lanes c, Lanes d) {
  return {a.v > b.v ? c.v : d.v};
}
static inline Lanes where_equal(Lanes a, Lanes b, Lanes c, Lanes d) {
  return {a.v == b.v ? c.v : d.v};
}
static inline Lanes divide_lanes(Lanes a, Lanes b) {
  return {a.v / b.v};
}
#endif

// Calls work(c, load, store) for each register of `count` floats: load(p) and store(p, lanes) take those that
// exist.
template <class Work>
[[gnu::always_inline]] inline void each_register(std::size_t count, Work work) {
  std::size_t c = 0;
  for (; c + Lanes::width <= count; c += Lanes::width) {
    work(
        c, [](const float* p) { return Lanes::load(p); }, [](float* p, const Lanes& v) { v.store(p); });
  }
  if (c == count) return;
  const std::size_t last = count - c;
  work(
      c, [last](const float* p) { return Lanes::load_first(p, last); },
      [last](float* p, const Lanes& v) { v.store_first(p, last); });
}
