// Included inside a target's namespace: a tile of products with an optimiser's step of other weights beside
// it. The step waits for memory, Adam's for the divider as well, some twenty cycles a register; products need
// neither, and a tile's inner loop has room for a register of the step in each of its turns. On AVX-512,
// which has registers enough.
#if defined(__AVX512F__)

inline __mmask16 denormals_of(__m512 x) {
  constexpr int denormal = 0x20;
  return _mm512_fpclass_ps_mask(x, denormal);
}

// As decayed(), of registers: to a float from 2^23 on a sum is rounded to a whole number, once.
[[gnu::always_inline]] inline __m512 decayed_lanes(__m512 x, float factor) {
  const __m512 unit = _mm512_set1_ps(0x1p23F);
  const __m512i whole = _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x007fffff));
  const __m512 sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole), _mm512_set1_ps(factor), unit);
  const __m512i bits = _mm512_sub_epi32(_mm512_castps_si512(sum), _mm512_castps_si512(unit));
  return _mm512_or_ps(_mm512_castsi512_ps(bits), _mm512_and_ps(x, _mm512_set1_ps(-0.0F)));
}

// Lanes, not 0, that are smaller than the float of those bits.
[[gnu::always_inline]] inline __mmask16 lanes_below(__m512 x, std::uint32_t bits) {
  const __m512i size = _mm512_castps_si512(_mm512_abs_ps(x));
  return _mm512_cmplt_epu32_mask(_mm512_sub_epi32(size, _mm512_set1_epi32(1)),
                                 _mm512_set1_epi32(static_cast<int>(bits - 1)));
}

[[gnu::always_inline]] inline __mmask16 zero_lanes(__m512 x) {
  return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_EQ_OQ);
}

// The step of so many registers, which lie side by side, with its ways around denormals (optimizers.inc.h).
struct StepOfRegisters {
  const float* gradient;
  float* first;  // Adam's moments, or SGD's velocity alone
  float* second;
  float* weights;
  std::size_t registers;
  float rate;      // Adam: alpha
  float momentum;  // SGD
  bool decays;     // Adam
  float decay;
  bool around_denormals;  // may be left out at all: without a gradient they then are 0 here, and move nothing

  // What is wanted soon.
  static constexpr std::size_t ahead = 24 * Lanes::width;

  // As adam_plain and adam_without_denormals, and decay before them.
  [[gnu::always_inline]] void adam_of_next() {
    __builtin_prefetch(first + ahead, 1);
    __builtin_prefetch(second + ahead, 1);
    __builtin_prefetch(weights + ahead, 1);
    const __m512 g = _mm512_loadu_ps(gradient);
    const __m512 m_before = _mm512_loadu_ps(first);
    const __m512 v_before = _mm512_loadu_ps(second);
    __m512 w = _mm512_loadu_ps(weights);
    if (decays) w = _mm512_fnmadd_ps(_mm512_set1_ps(decay), w, w);
    __mmask16 faint_m = denormals_of(m_before);
    __mmask16 faint_v = denormals_of(v_before);
    __m512 m = m_before;
    __m512 v = v_before;
    if (__builtin_expect((faint_m | faint_v) != 0, 0)) {
      const auto moves =
          static_cast<__mmask16>(~zero_lanes(g) | lanes_below(w, adam_least_weight) | zero_lanes(w));
      if (!around_denormals || ((faint_m | faint_v) & moves) != 0) faint_m = faint_v = 0;
      m = _mm512_maskz_mov_ps(static_cast<__mmask16>(~faint_m), m);
      v = _mm512_maskz_mov_ps(static_cast<__mmask16>(~faint_v), v);
    }
    m = _mm512_fmadd_ps(_mm512_set1_ps(1.0F - beta1), _mm512_sub_ps(g, m), m);
    v = _mm512_fmadd_ps(_mm512_set1_ps(1.0F - beta2), _mm512_sub_ps(_mm512_mul_ps(g, g), v), v);
    _mm512_storeu_ps(first, m);
    _mm512_storeu_ps(second, v);
    if (__builtin_expect((faint_m | faint_v) != 0, 0)) {
      _mm512_mask_storeu_ps(first, faint_m, decayed_lanes(m_before, beta1));
      _mm512_mask_storeu_ps(second, faint_v, decayed_lanes(v_before, beta2));
    }
    const __m512 deviation = _mm512_add_ps(_mm512_sqrt_ps(v), _mm512_set1_ps(adam_epsilon));
    const __m512 move = _mm512_div_ps(_mm512_mul_ps(_mm512_set1_ps(rate), m), deviation);
    _mm512_storeu_ps(weights, _mm512_sub_ps(w, move));
    second += Lanes::width;
    advance();
  }

  // As sgd_plain and sgd_without_denormals.
  [[gnu::always_inline]] void sgd_of_next() {
    __builtin_prefetch(first + ahead, 1);
    __builtin_prefetch(weights + ahead, 1);
    const __m512 g = _mm512_loadu_ps(gradient);
    const __m512 v_before = _mm512_loadu_ps(first);
    const __m512 w = _mm512_loadu_ps(weights);
    __mmask16 faint = denormals_of(v_before);
    __m512 v = v_before;
    if (__builtin_expect(faint != 0, 0)) {
      const auto too_small = static_cast<__mmask16>(lanes_below(g, sgd_least_gradient) |
                                                    lanes_below(w, sgd_least_weight) | zero_lanes(w));
      if (!around_denormals || (faint & too_small) != 0) faint = 0;
      v = _mm512_maskz_mov_ps(static_cast<__mmask16>(~faint), v);
    }
    v = _mm512_fmadd_ps(_mm512_set1_ps(momentum), v, g);
    _mm512_storeu_ps(first, v);
    if (__builtin_expect(faint != 0, 0)) {
      _mm512_mask_storeu_ps(first, static_cast<__mmask16>(faint & zero_lanes(g)),
                            decayed_lanes(v_before, momentum));
    }
    _mm512_storeu_ps(weights, _mm512_fnmadd_ps(_mm512_set1_ps(rate), v, w));
    advance();
  }

 private:
  [[gnu::always_inline]] void advance() {
    gradient += Lanes::width;
    first += Lanes::width;
    weights += Lanes::width;
  }
};

// As tile(), of a left factor whose rows lie side by side, and from +0.
template <std::size_t Rows, std::size_t Vectors, bool is_adam>
void tile_beside(const Left& left, const Right& right, std::size_t count, const Outputs& outputs,
                 const StepOfRegisters& beside) {
  const Outputs y = outputs;
  StepOfRegisters step = beside;
  const auto step_of_next = [&]() __attribute__((always_inline)) {
    if constexpr (is_adam) {
      step.adam_of_next();
    } else {
      step.sgd_of_next();
    }
  };
  Lanes acc[Rows][Vectors];
  Lanes sums[Vectors];
  zero_tile(acc);
  LeftRows<Rows, Order::steps> a(left);
  const float* b = right.data;
  const std::size_t stride = right.stride;
  std::size_t left_over = step.registers;
  for (std::size_t k = 0; k < count; ++k) {
    if (left_over != 0) {
      step_of_next();
      --left_over;
    }
    step_tile<Rows, Vectors, Order::steps, Extras{false, false}>(a, b, nullptr, acc, sums);
    b = hidden(b + stride);
    a.advance();
  }
  if (y.last == Lanes::width) {
    end_tile<Rows, Vectors, true>(y, acc);
  } else {
    end_tile<Rows, Vectors, false>(y, acc);
  }
  for (; left_over != 0; --left_over) step_of_next();
}

using TileBeside = void (*)(const Left&, const Right&, std::size_t count, const Outputs&,
                            const StepOfRegisters&);

// [vectors - 1][rows - 1]
constexpr std::size_t beside_rows = rows_of(tile_vectors);
template <bool is_adam>
struct TilesBeside {
  TileBeside of[tile_vectors][beside_rows];

  template <std::size_t Vectors, std::size_t... I>
  constexpr void fill(Indices<I...>) {
    ((of[Vectors - 1][I] = tile_beside<I + 1, Vectors, is_adam>), ...);
  }
  template <std::size_t... V>
  constexpr void fill_all(Indices<V...>) {
    (fill<V + 1>(typename CountUp<beside_rows>::Type{}), ...);
  }
  constexpr TilesBeside() : of{} { fill_all(typename CountUp<tile_vectors>::Type{}); }
};
template <bool is_adam>
constexpr TilesBeside<is_adam> tiles_beside;

#endif
