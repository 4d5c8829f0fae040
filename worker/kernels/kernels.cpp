// Checks of sizes, then the table in use.
#include "worker/kernels/kernels.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "worker/kernels/check_size.h"
#include "worker/kernels/table.h"

namespace rondo::kernels {

namespace {
float* or_null(std::span<float> gradient, std::size_t size) {
  if (gradient.empty()) return nullptr;
  check_size(gradient.size(), size);
  return gradient.data();
}
}  // namespace

void dense_forward(DenseExtent e, std::span<const float> x, std::span<const float> weights,
                   std::span<const float> bias, std::span<float> y) {
  check_size(x.size(), e.rows * e.inputs);
  check_size(weights.size(), e.inputs * e.units);
  check_size(bias.size(), e.units);
  check_size(y.size(), e.rows * e.units);
  kernels().dense_forward(e.rows, e.inputs, e.units, x.data(), weights.data(), bias.data(), y.data());
}

void dense_gradient_weights(DenseExtent e, std::span<const float> x, std::span<const float> dy,
                            std::span<float> d_weights, std::span<float> d_bias) {
  check_size(x.size(), e.rows * e.inputs);
  check_size(dy.size(), e.rows * e.units);
  check_size(d_weights.size(), e.inputs * e.units);
  check_size(d_bias.size(), e.units);
  kernels().dense_gradient_weights(e.rows, e.inputs, e.units, x.data(), dy.data(), d_weights.data(),
                                   d_bias.data());
}

void dense_gradient_inputs(DenseExtent e, std::span<const float> dy, std::span<const float> weights,
                           std::span<float> dx) {
  check_size(dy.size(), e.rows * e.units);
  check_size(weights.size(), e.inputs * e.units);
  check_size(dx.size(), e.rows * e.inputs);
  kernels().dense_gradient_inputs(e.rows, e.inputs, e.units, dy.data(), weights.data(), dx.data());
}

void activation_forward(Activation activation, std::span<const float> x, std::span<float> y) {
  check_size(y.size(), x.size());
  const KernelTable& table = kernels();
  switch (activation) {
    case Activation::relu:
      return table.relu(x.size(), x.data(), y.data());
    case Activation::tanh:
      return table.tanh(x.size(), x.data(), y.data());
    case Activation::sigmoid:
      return table.sigmoid(x.size(), x.data(), y.data());
    case Activation::gelu:
      return table.gelu(x.size(), x.data(), y.data());
    case Activation::gelu_tanh:
      return table.gelu_tanh(x.size(), x.data(), y.data());
    case Activation::softplus:
      return table.softplus(x.size(), x.data(), y.data());
  }
  RONDO_CHECK(false, "activation {}", static_cast<int>(activation));
}

void activation_with_slope(Activation activation, std::span<float> x, std::span<float> y) {
  check_size(y.size(), x.size());
  const KernelTable& table = kernels();
  switch (activation) {
    case Activation::relu:
      return table.relu(x.size(), x.data(), y.data());
    case Activation::tanh:
      return table.tanh_with_slope(x.size(), x.data(), y.data());
    case Activation::sigmoid:
      return table.sigmoid_with_slope(x.size(), x.data(), y.data());
    case Activation::gelu:
      return table.gelu_with_slope(x.size(), x.data(), y.data());
    case Activation::gelu_tanh:
      return table.gelu_tanh_with_slope(x.size(), x.data(), y.data());
    case Activation::softplus:
      return table.softplus_with_slope(x.size(), x.data(), y.data());
  }
  RONDO_CHECK(false, "activation {}", static_cast<int>(activation));
}

void activation_backward(Activation activation, std::span<const float> slope, std::span<float> gradient) {
  check_size(gradient.size(), slope.size());
  const auto kernel = activation == Activation::relu ? kernels().relu_backward : kernels().multiply;
  kernel(slope.size(), slope.data(), gradient.data());
}

void sigmoid(std::span<const float> x, std::span<float> y) {
  activation_forward(Activation::sigmoid, x, y);
}

void batch_norm_training(Extent e, std::span<const float> x, std::span<const float> gamma,
                         std::span<const float> beta, std::span<float> running_mean,
                         std::span<float> running_variance, std::span<float> normalized,
                         std::span<float> inverse_deviation, std::span<float> y) {
  RONDO_CHECK(e.rows > 0);
  check_size(x.size(), e.rows * e.units);
  check_size(normalized.size(), x.size());
  check_size(y.size(), x.size());
  for (const std::size_t size :
       {gamma.size(), beta.size(), running_mean.size(), running_variance.size(), inverse_deviation.size()}) {
    check_size(size, e.units);
  }
  kernels().batch_norm_training(e.rows, e.units, e.units, x.data(), gamma.data(), beta.data(),
                                running_mean.data(), running_variance.data(), normalized.data(),
                                inverse_deviation.data(), y.data());
}

void batch_norm_inference(Extent e, std::span<const float> x, std::span<const float> gamma,
                          std::span<const float> beta, std::span<const float> running_mean,
                          std::span<const float> running_variance, std::span<float> y) {
  check_size(x.size(), e.rows * e.units);
  check_size(y.size(), x.size());
  for (const std::size_t size : {gamma.size(), beta.size(), running_mean.size(), running_variance.size()}) {
    check_size(size, e.units);
  }
  kernels().batch_norm_inference(e.rows, e.units, x.data(), gamma.data(), beta.data(), running_mean.data(),
                                 running_variance.data(), y.data());
}

void batch_norm_backward(Extent e, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta) {
  check_size(normalized.size(), e.rows * e.units);
  check_size(gradient.size(), normalized.size());
  for (const std::size_t size : {inverse_deviation.size(), gamma.size(), d_gamma.size(), d_beta.size()}) {
    check_size(size, e.units);
  }
  kernels().batch_norm_backward(e.rows, e.units, e.units, normalized.data(), inverse_deviation.data(),
                                gamma.data(), gradient.data(), d_gamma.data(), d_beta.data());
}

void layer_norm_forward(Extent e, std::span<const float> x, std::span<const float> gamma,
                        std::span<const float> beta, std::span<float> normalized,
                        std::span<float> inverse_deviation, std::span<float> y) {
  RONDO_CHECK(e.units > 0);
  for (const std::size_t size : {x.size(), normalized.size(), y.size()}) check_size(size, e.rows * e.units);
  check_size(gamma.size(), e.units);
  check_size(beta.size(), e.units);
  check_size(inverse_deviation.size(), e.rows);
  kernels().layer_norm_forward(e.rows, e.units, x.data(), gamma.data(), beta.data(), normalized.data(),
                               inverse_deviation.data(), y.data());
}

void layer_norm_backward(Extent e, std::span<const float> normalized,
                         std::span<const float> inverse_deviation, std::span<const float> gamma,
                         std::span<float> gradient, std::span<float> d_gamma, std::span<float> d_beta) {
  RONDO_CHECK(e.units > 0);
  check_size(normalized.size(), e.rows * e.units);
  check_size(gradient.size(), normalized.size());
  check_size(inverse_deviation.size(), e.rows);
  for (const std::size_t size : {gamma.size(), d_gamma.size(), d_beta.size()}) check_size(size, e.units);
  kernels().layer_norm_backward(e.rows, e.units, normalized.data(), inverse_deviation.data(), gamma.data(),
                                gradient.data(), d_gamma.data(), d_beta.data());
}

void dropout(const random::Draws& draws, float rate, std::span<float> x, std::uint64_t from) {
  RONDO_CHECK(rate >= 0 && rate < 1, "dropout {}", rate);
  const auto threshold = static_cast<std::uint32_t>(static_cast<double>(rate) * 4294967296.0);
  const float scale = 1.0F / (1.0F - rate);
  RONDO_CHECK(from + x.size() <= std::uint64_t{1} << 34, "{} elements", x.size());
  const PhiloxAddress address = {draws.key().value(), draws.step(), draws.tensor(),
                                 static_cast<std::uint32_t>(draws.stream())};
  kernels().dropout(x.size(), from, address, threshold, scale, x.data());
}

float binary_cross_entropy(std::span<const float> logits, std::span<const std::uint32_t> classes,
                           std::span<float> gradient) {
  RONDO_CHECK(!logits.empty());
  check_size(classes.size(), logits.size());
  return kernels().binary_cross_entropy(logits.size(), logits.data(), classes.data(),
                                        or_null(gradient, logits.size()));
}

float softmax_cross_entropy(Extent e, std::span<const float> logits, std::span<const std::uint32_t> classes,
                            std::span<float> gradient) {
  RONDO_CHECK(e.rows > 0 && e.units > 0);
  check_size(logits.size(), e.rows * e.units);
  check_size(classes.size(), e.rows);
  for (const std::uint32_t c : classes) RONDO_CHECK(c < e.units, "class {} of {}", c, e.units);
  return kernels().softmax_cross_entropy(e.rows, e.units, logits.data(), classes.data(),
                                         or_null(gradient, logits.size()));
}

float squared_error(std::span<const float> given, std::span<const float> targets, std::span<float> gradient) {
  RONDO_CHECK(!given.empty());
  check_size(targets.size(), given.size());
  return kernels().squared_error(given.size(), given.data(), targets.data(), or_null(gradient, given.size()));
}

void softmax(Extent e, std::span<const float> logits, std::span<float> probabilities) {
  check_size(logits.size(), e.rows * e.units);
  check_size(probabilities.size(), logits.size());
  if (!logits.empty()) kernels().softmax(e.rows, e.units, logits.data(), probabilities.data());
}

void log_softmax(Extent e, std::span<const float> logits, std::span<float> logarithms) {
  check_size(logits.size(), e.rows * e.units);
  check_size(logarithms.size(), logits.size());
  if (!logits.empty()) kernels().log_softmax(e.rows, e.units, logits.data(), logarithms.data());
}

void sgd(float learning_rate, float momentum, std::span<const float> gradient, std::span<float> velocity,
         std::span<float> weights) {
  check_size(gradient.size(), weights.size());
  check_size(velocity.size(), weights.size());
  kernels().sgd(weights.size(), learning_rate, momentum, gradient.data(), velocity.data(), weights.data());
}

void adam_advance(std::array<float, 2>& products) {
  products = {products[0] * adam_beta1, products[1] * adam_beta2};
}

void adam(float learning_rate, float weight_decay, const std::array<float, 2>& products,
          std::span<const float> gradient, std::span<float> first_moment, std::span<float> second_moment,
          std::span<float> weights) {
  check_size(gradient.size(), weights.size());
  check_size(first_moment.size(), weights.size());
  check_size(second_moment.size(), weights.size());
  kernels().adam(weights.size(), learning_rate, weight_decay, products[0], products[1], gradient.data(),
                 first_moment.data(), second_moment.data(), weights.data());
}

void glorot_uniform(const random::Draws& draws, std::uint32_t inputs, std::uint32_t units,
                    std::span<float> weights) {
  const auto limit =
      static_cast<float>(std::sqrt(6.0 / (static_cast<double>(inputs) + static_cast<double>(units))));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = limit * (2.0F * draws.uniform_float(i) - 1.0F);
  }
}

void he_normal(const random::Draws& draws, std::uint32_t inputs, std::span<float> weights) {
  const double deviation = std::sqrt(2.0 / static_cast<double>(inputs));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(draws.normal(i) * deviation);
  }
}

double sum(std::span<const float> x) {
  return kernels().sum(x.size(), x.data());
}

double dot(std::span<const float> x, std::span<const float> y) {
  check_size(y.size(), x.size());
  return kernels().dot(x.size(), x.data(), y.data());
}

double sum_of_squares(std::span<const float> x) {
  return dot(x, x);
}

void axpy(float a, std::span<const float> x, std::span<float> y) {
  check_size(y.size(), x.size());
  kernels().axpy(x.size(), a, x.data(), y.data());
}

bool all_finite(std::span<const float> x) {
  return kernels().all_finite(x.size(), x.data());
}

std::size_t argmax(std::span<const float> x) {
  RONDO_CHECK(!x.empty());
  std::size_t best = 0;
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (x[i] > x[best]) best = i;
  }
  return best;
}

}  // namespace rondo::kernels
