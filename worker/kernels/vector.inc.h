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
#else
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
