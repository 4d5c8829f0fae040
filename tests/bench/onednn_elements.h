// oneDNN's counterparts of the kernels that are not products, as calls that are ready to run: one primitive
// on dense row-major memory, one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace rondo::bench::onednn {

using Call = std::function<void()>;

// exp, log, tanh, sigmoid, gelu, gelu_tanh or softplus. An empty call where oneDNN has no such thing (erf).
[[nodiscard]] Call eltwise(std::string_view function, std::size_t count, const float* x, float* y);

[[nodiscard]] Call softmax(std::size_t rows, std::size_t units, const float* x, float* y, bool logarithm);

// `mean` and `variance` are a value a row (layer norm) or a column (batch norm) and written by the forward
// pass.
struct Norm {
  std::size_t rows, units;
  float *x, *y, *gamma, *beta, *mean, *variance, *gradient, *dx, *d_gamma, *d_beta;
};
[[nodiscard]] Call layer_norm_forward(const Norm& n);
[[nodiscard]] Call layer_norm_backward(const Norm& n);
[[nodiscard]] Call batch_norm_forward(const Norm& n);
[[nodiscard]] Call batch_norm_backward(const Norm& n);

}  // namespace rondo::bench::onednn
