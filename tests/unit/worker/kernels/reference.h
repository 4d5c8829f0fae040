// NUMERICS.md once more, in plain loops with std::fma and with MPFR's functions: what every target must
// equal.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/unit/worker/kernels/fixtures.h"

namespace rondo::kernels::test {

[[nodiscard]] float exp_rounded(float x);
[[nodiscard]] float log_rounded(float x);
[[nodiscard]] float log1p_rounded(float x);
[[nodiscard]] float tanh_rounded(float x);
[[nodiscard]] float erf_rounded(float x);

struct Shape {
  std::size_t rows;
  std::size_t inputs;
  std::size_t units;
};
[[nodiscard]] Floats dense(const Shape& s, const Floats& x, const Floats& weights, const Floats& bias);
[[nodiscard]] Floats weights_gradient(const Shape& s, const Floats& x, const Floats& dy);
[[nodiscard]] Floats bias_gradient(const Shape& s, const Floats& dy);
[[nodiscard]] Floats inputs_gradient(const Shape& s, const Floats& dy, const Floats& weights);

[[nodiscard]] double sum_of(const Floats& x);
[[nodiscard]] double dot_of(const Floats& x, const Floats& y);

// Activations and their derivatives times a gradient.
[[nodiscard]] float relu_of(float x);
[[nodiscard]] float relu_back(float x, float gradient);
[[nodiscard]] float tanh_back(float x, float gradient);
[[nodiscard]] float sigmoid_of(float x);
[[nodiscard]] float sigmoid_back(float x, float gradient);
[[nodiscard]] float gelu_of(float x);
[[nodiscard]] float gelu_back(float x, float gradient);
[[nodiscard]] float gelu_tanh_of(float x);
[[nodiscard]] float gelu_tanh_back(float x, float gradient);
[[nodiscard]] float softplus_of(float x);
[[nodiscard]] float softplus_back(float x, float gradient);

struct Normalization {  // in and out: running; the rest out
  Floats running_mean, running_variance, normalized, inverse, y;
};
void normalize_batch(std::size_t rows, std::size_t units, const Floats& x, const Floats& gamma,
                     const Floats& beta, Normalization& n);
[[nodiscard]] Floats normalize_running(std::size_t rows, std::size_t units, const Floats& x,
                                       const Floats& gamma, const Floats& beta, const Normalization& n);
struct NormalizationGradient {
  Floats dx, d_gamma, d_beta;
};
[[nodiscard]] NormalizationGradient normalization_back(std::size_t rows, std::size_t units,
                                                       const Normalization& n, const Floats& gamma,
                                                       const Floats& gradient);

// The running statistics are not used.
void normalize_rows(std::size_t rows, std::size_t units, const Floats& x, const Floats& gamma,
                    const Floats& beta, Normalization& n);
[[nodiscard]] NormalizationGradient row_normalization_back(std::size_t rows, std::size_t units,
                                                           const Normalization& n, const Floats& gamma,
                                                           const Floats& gradient);

struct Loss {
  float mean;
  Floats gradient;
};
[[nodiscard]] Floats softmax_of(std::size_t units, const Floats& logits);
[[nodiscard]] Floats log_softmax_of(std::size_t units, const Floats& logits);
[[nodiscard]] Loss cross_entropy(std::size_t units, const Floats& logits,
                                 const std::vector<std::uint32_t>& classes);
[[nodiscard]] Loss binary_loss(const Floats& logits, const std::vector<std::uint32_t>& classes);
[[nodiscard]] Loss square_loss(const Floats& given, const Floats& targets);

}  // namespace rondo::kernels::test
