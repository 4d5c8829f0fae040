// Included inside a target's namespace: rows of a gradient that have denormals among them, as the rows of a
// batch have that a network has been sure of for long. AVX-512's fma takes a hundred cycles and more for a
// denormal, in whatever lane; conversions and additions take none of that. So the products of these rows are
// computed in double, rounded to odd, and from there to a float: the bits are the fma's (Boldo and Melquiond,
// Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd, 2008).
#if defined(__AVX512F__)

// Of the rows of dy, those first found if there are more; the others take their time.
class FaintRows {
 public:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t side_by_side = 8;

  FaintRows(const float* dy, std::size_t rows, std::size_t units) {
    if (!has_denormals(dy, rows * units)) return;
    for (std::size_t r = 0; r < rows && count_ < most; ++r) {
      if (has_denormals(dy + r * units, units)) rows_[count_++] = r;
    }
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t operator[](std::size_t i) const { return rows_[i]; }

 private:
  static bool has_denormals(const float* x, std::size_t count) {
    __mmask16 some = 0;
    each_register(count, [&](std::size_t c, auto load, auto) {
      some = _kor_mask16(some, denormals_of(load(x + c).v));
    });
    return some != 0;
  }

  std::size_t count_ = 0;
  std::size_t rows_[most];
};

// a · b + c of floats in double, rounded to a float once.
[[gnu::always_inline]] inline __m256 fma_by_doubles(__m512d a, __m512d b, __m512d c) {
  const __m512d below = _mm512_fmadd_round_pd(a, b, c, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
  const __m512d above = _mm512_fmadd_round_pd(a, b, c, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
  const __mmask8 odd = _mm512_test_epi64_mask(_mm512_castpd_si512(below), _mm512_set1_epi64(1));
  return _mm512_cvtpd_ps(_mm512_mask_mov_pd(above, odd, below));
}

// The gradient by the inputs, of as many faint rows side by side as there are from number `first` on.
void gradient_inputs_of_faint_rows(const DenseBackward& d, const FaintRows& faint, std::size_t first) {
  constexpr std::size_t lanes = FaintRows::side_by_side;
  constexpr std::size_t inputs_at_once = 8;
  constexpr std::size_t units_at_once = 512;
  const std::size_t rows = faint.count() - first < lanes ? faint.count() - first : lanes;
  alignas(64) double turned[units_at_once * lanes];
  for (std::size_t u = 0; u == 0 || u < d.units; u += units_at_once) {
    const std::size_t units = d.units - u < units_at_once ? d.units - u : units_at_once;
    for (std::size_t i = 0; i < units * lanes; ++i) {
      const std::size_t row = i % lanes;
      turned[i] = row < rows ? static_cast<double>(d.dy[faint[first + row] * d.units + u + i / lanes]) : 0.0;
    }
    for (std::size_t k = 0; k < d.inputs; k += inputs_at_once) {
      const std::size_t inputs = d.inputs - k < inputs_at_once ? d.inputs - k : inputs_at_once;
      float sums[inputs_at_once][lanes] = {};
      for (std::size_t j = 0; j < inputs; ++j) {
        for (std::size_t row = 0; row < rows && u > 0; ++row)
          sums[j][row] = d.dx[faint[first + row] * d.all_inputs + k + j];
      }
      __m512d acc[inputs_at_once];
      const float* weights[inputs_at_once];
      for (std::size_t j = 0; j < inputs_at_once; ++j) {
        acc[j] = _mm512_cvtps_pd(_mm256_loadu_ps(sums[j]));
        weights[j] = d.weights + (k + (j < inputs ? j : 0)) * d.units + u;
      }
      for (std::size_t i = 0; i < units; ++i) {
        const __m512d dy = _mm512_load_pd(turned + i * lanes);
        for (std::size_t j = 0; j < inputs_at_once; ++j) {
          const __m512d w = _mm512_cvtps_pd(_mm256_set1_ps(weights[j][i]));
          acc[j] = _mm512_cvtps_pd(fma_by_doubles(dy, w, acc[j]));
        }
      }
      for (std::size_t j = 0; j < inputs; ++j) {
        _mm256_storeu_ps(sums[j], _mm512_cvtpd_ps(acc[j]));
        for (std::size_t row = 0; row < rows; ++row)
          d.dx[faint[first + row] * d.all_inputs + k + j] = sums[j][row];
      }
    }
  }
}

// gradient[i][u] += x[i] · dy[u], one step of a chain.
void add_faint_row(std::size_t inputs, std::size_t units, const float* x, const float* dy, float* gradient) {
  const auto lower = [](__m512 v) { return _mm512_cvtps_pd(_mm512_castps512_ps256(v)); };
  const auto upper = [](__m512 v) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1)); };
  for (std::size_t i = 0; i < inputs; ++i) {
    const __m512d factor = _mm512_set1_pd(static_cast<double>(x[i]));
    float* row = gradient + i * units;
    each_register(units, [&](std::size_t u, auto load, auto store) {
      const __m512 dy_lanes = load(dy + u).v;
      const __m512 before = load(row + u).v;
      const __m256 first = fma_by_doubles(factor, lower(dy_lanes), lower(before));
      const __m256 second = fma_by_doubles(factor, upper(dy_lanes), upper(before));
      store(row + u, {_mm512_insertf32x8(_mm512_castps256_ps512(first), second, 1)});
    });
  }
}

#endif
