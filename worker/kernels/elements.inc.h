// Included inside a target's namespace: what is computed element by element, or reduced.

void exp(std::size_t count, const float* x, float* y) {
  exponentials_of(count, x, y);
}

void log(std::size_t count, const float* x, float* y) {
  of_each<log_float>(count, x, y);
}

void log1p(std::size_t count, const float* x, float* y) {
  of_each<log1p_float>(count, x, y);
}

void erf(std::size_t count, const float* x, float* y) {
  erf_of(count, x, y);
}

void fma(std::size_t count, const float* a, const float* b, const float* c, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = fma_float(a[i], b[i], c[i]);
}

void relu(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = x[i] > 0.0F ? x[i] : 0.0F;
}

void relu_backward(std::size_t count, const float* x, float* gradient) {
  for (std::size_t i = 0; i < count; ++i) gradient[i] = x[i] > 0.0F ? gradient[i] : 0.0F;
}

void tanh(std::size_t count, const float* x, float* y) {
  tanh_of(count, x, y);
}

// Calls f(first, width) for blocks of so many that fill 0 … count. A function in a loop of its own: one loop
// over two has more constants than there are registers.
template <std::size_t block, class Function>
inline void in_blocks(std::size_t count, Function f) {
  for (std::size_t first = 0; first < count; first += block) {
    f(first, count - first < block ? count - first : block);
  }
}

// What erf and tanh leave to doubles is computed together for a block.
constexpr std::size_t values_in_block = 512;

// Each *_with_slope leaves in x what the gradient by y is to be multiplied by.
void tanh_with_slope(std::size_t count, float* __restrict x, float* __restrict y) {
  in_blocks<values_in_block>(count, [=](std::size_t first, std::size_t width) {
    tanh_of(width, x + first, y + first);
    for (std::size_t i = first; i < first + width; ++i) x[i] = fma_float(-y[i], y[i], 1.0F);
  });
}

void multiply(std::size_t count, const float* __restrict slope, float* __restrict gradient) {
  for (std::size_t i = 0; i < count; ++i) gradient[i] = gradient[i] * slope[i];
}

// Calls f(i, exp_float(g(i))) for every i.
template <class Function, class Argument>
inline void with_exponentials(std::size_t count, Argument g, Function f) {
  constexpr std::size_t block = 128;
  in_blocks<block>(count, [=](std::size_t first, std::size_t width) {
    float e[block];
    for (std::size_t i = 0; i < width; ++i) e[i] = g(first + i);
    exponentials_of(width, e, e);
    for (std::size_t i = 0; i < width; ++i) f(first + i, e[i]);
  });
}

inline float not_above_zero(float x) {
  return x < 0.0F ? x : -x;
}

// `e` is exp(not_above_zero(x)).
inline float sigmoid_by(float x, float e) {
  return (x < 0.0F ? e : 1.0F) / (1.0F + e);
}

void sigmoid(std::size_t count, const float* x, float* y) {
  with_exponentials(
      count, [=](std::size_t i) { return not_above_zero(x[i]); },
      [=](std::size_t i, float e) { y[i] = sigmoid_by(x[i], e); });
}

void sigmoid_with_slope(std::size_t count, float* __restrict x, float* __restrict y) {
  with_exponentials(
      count, [=](std::size_t i) { return not_above_zero(x[i]); },
      [=](std::size_t i, float e) {
        const float s = sigmoid_by(x[i], e);
        x[i] = s * (1.0F - s);
        y[i] = s;
      });
}

constexpr float root_half = 0x1.6a09e6p-1F;       // √½ rounded
constexpr float normal_density = 0x1.988454p-2F;  // 1 / √(2π) rounded

// 1 + erf(x √½) of so many: twice the share of a normal distribution that lies below x.
inline void twice_below(std::size_t width, const float* x, float* y) {
  for (std::size_t i = 0; i < width; ++i) y[i] = x[i] * root_half;
  erf_of(width, y, y);
  for (std::size_t i = 0; i < width; ++i) y[i] = 1.0F + y[i];
}

void gelu(std::size_t count, const float* x, float* y) {
  in_blocks<values_in_block>(count, [=](std::size_t first, std::size_t width) {
    float share[values_in_block];
    twice_below(width, x + first, share);
    for (std::size_t i = 0; i < width; ++i) y[first + i] = (0.5F * x[first + i]) * share[i];
  });
}

void gelu_with_slope(std::size_t count, float* __restrict x, float* __restrict y) {
  in_blocks<values_in_block>(count, [=](std::size_t first, std::size_t width) {
    float shares[values_in_block];
    float* z = x + first;
    float* to = y + first;
    twice_below(width, z, shares);
    const float* share = shares;
    with_exponentials(
        width, [=](std::size_t i) { return -0.5F * (z[i] * z[i]); },
        [=](std::size_t i, float e) {
          to[i] = (0.5F * z[i]) * share[i];
          z[i] = fma_float(z[i], e * normal_density, 0.5F * share[i]);
        });
  });
}

constexpr float cubic = 0x1.6e4e26p-5F;             // 0.044715 rounded
constexpr float three_cubic = 0x1.12ba9ep-3F;       // 0.134145 rounded
constexpr float root_two_over_pi = 0x1.988454p-1F;  // √(2/π) rounded

inline float gelu_tanh_inner(float x, float square) {
  return root_two_over_pi * (x * fma_float(cubic, square, 1.0F));
}

// tanh of the inner value of so many.
inline void gelu_tanh_outer(std::size_t width, const float* x, float* y) {
  for (std::size_t i = 0; i < width; ++i) y[i] = gelu_tanh_inner(x[i], x[i] * x[i]);
  tanh_of(width, y, y);
}

void gelu_tanh(std::size_t count, const float* x, float* y) {
  in_blocks<values_in_block>(count, [=](std::size_t first, std::size_t width) {
    float t[values_in_block];
    gelu_tanh_outer(width, x + first, t);
    for (std::size_t i = 0; i < width; ++i) y[first + i] = (0.5F * x[first + i]) * (1.0F + t[i]);
  });
}

void gelu_tanh_with_slope(std::size_t count, float* __restrict x, float* __restrict y) {
  in_blocks<values_in_block>(count, [=](std::size_t first, std::size_t width) {
    float t[values_in_block];
    float* z = x + first;
    gelu_tanh_outer(width, z, t);
    for (std::size_t i = 0; i < width; ++i) {
      const float half = 0.5F * z[i];
      const float inner = root_two_over_pi * fma_float(three_cubic, z[i] * z[i], 1.0F);
      y[first + i] = half * (1.0F + t[i]);
      z[i] = fma_float(half * fma_float(-t[i], t[i], 1.0F), inner, 0.5F * (1.0F + t[i]));
    }
  });
}

void softplus(std::size_t count, const float* x, float* y) {
  with_exponentials(
      count, [=](std::size_t i) { return not_above_zero(x[i]); },
      [=](std::size_t i, float e) { y[i] = (x[i] > 0.0F ? x[i] : 0.0F) + log1p_float(e); });
}

void softplus_with_slope(std::size_t count, float* __restrict x, float* __restrict y) {
  with_exponentials(
      count, [=](std::size_t i) { return not_above_zero(x[i]); },
      [=](std::size_t i, float e) {
        y[i] = (x[i] > 0.0F ? x[i] : 0.0F) + log1p_float(e);
        x[i] = sigmoid_by(x[i], e);
      });
}

// The one tree: 16 lanes to one value.
inline double tree(const double* lanes) {
  using Eight = double __attribute__((vector_size(64)));
  using Four = double __attribute__((vector_size(32)));
  using Two = double __attribute__((vector_size(16)));
  Eight first;
  Eight second;
  __builtin_memcpy(&first, lanes, sizeof first);
  __builtin_memcpy(&second, lanes + 8, sizeof second);
  const Eight eight = first + second;
  const Four four =
      __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  const Two two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
  return two[0] + two[1];
}

double sum(std::size_t count, const float* x) {
  double lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) lanes[l] = lanes[l] + static_cast<double>(x[i + l]);
  }
  for (std::size_t l = 0; i < count; ++i, ++l) lanes[l] = lanes[l] + static_cast<double>(x[i]);
  return tree(lanes);
}

// The products of two floats are exact in double.
double dot(std::size_t count, const float* x, const float* y) {
  double lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) {
      lanes[l] = lanes[l] + static_cast<double>(x[i + l]) * static_cast<double>(y[i + l]);
    }
  }
  for (std::size_t l = 0; i < count; ++i, ++l) {
    lanes[l] = lanes[l] + static_cast<double>(x[i]) * static_cast<double>(y[i]);
  }
  return tree(lanes);
}

bool all_finite(std::size_t count, const float* x) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bad |= static_cast<std::uint32_t>((__builtin_bit_cast(std::uint32_t, x[i]) & 0x7f800000U) == 0x7f800000U);
  }
  return bad == 0;
}

void axpy(std::size_t count, float a, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = fma_float(a, x[i], y[i]);
}
