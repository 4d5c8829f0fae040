#include "worker/kernels/self_test.h"

#include <array>
#include <vector>

#include "common/random/draws.h"
#include "worker/kernels/kernels.h"

namespace rondo::kernels {

namespace {
// The functions alone, one after the other. The logarithms of what is positive: a NaN's payload is not
// defined.
std::vector<float> functions(const KernelTable& t, const std::vector<float>& x) {
  const std::size_t n = x.size();
  std::vector<float> y(5 * n);
  t.exp(n, x.data(), y.data());
  t.log1p(n, y.data(), y.data() + n);
  t.log(n, y.data() + n, y.data() + 2 * n);
  t.erf(n, x.data(), y.data() + 3 * n);
  t.fma(n, x.data(), x.data(), y.data(), y.data() + 4 * n);
  return y;
}
// And dropout.
std::vector<std::vector<float>> activations(const KernelTable& t, const std::vector<float>& x,
                                            const std::vector<float>& gradient) {
  std::vector<std::vector<float>> results;
  for (const auto forward : {t.relu, t.tanh, t.sigmoid, t.gelu, t.gelu_tanh, t.softplus}) {
    forward(x.size(), x.data(), results.emplace_back(x.size()).data());
  }
  t.relu_backward(x.size(), x.data(), results.emplace_back(gradient).data());
  for (const auto with_slope : {t.tanh_with_slope, t.sigmoid_with_slope, t.gelu_with_slope,
                                t.gelu_tanh_with_slope, t.softplus_with_slope}) {
    std::vector<float> slope = x;
    std::vector<float> y(x.size());
    with_slope(x.size(), slope.data(), y.data());
    t.multiply(x.size(), slope.data(), results.emplace_back(gradient).data());
  }
  t.dropout(x.size(), 3, {0x6b65726e, 1, 2, 5}, 0x40000000, 1.25F, results.emplace_back(x).data());
  return results;
}

// `scale` is gamma, beta.
std::vector<std::vector<float>> layer_norm(const KernelTable& t, Extent e, const std::vector<float>& x,
                                           const std::vector<float>& scale) {
  std::vector<float> normalized(x.size());
  std::vector<float> inverse(e.rows);
  std::vector<float> y(x.size());
  t.layer_norm_forward(e.rows, e.units, x.data(), scale.data(), scale.data(), normalized.data(),
                       inverse.data(), y.data());
  std::vector<float> gradient = y;
  std::vector<float> d_gamma(e.units);
  std::vector<float> d_beta(e.units);
  t.layer_norm_backward(e.rows, e.units, normalized.data(), inverse.data(), scale.data(), gradient.data(),
                        d_gamma.data(), d_beta.data());
  return {normalized, inverse, y, gradient, d_gamma, d_beta};
}

// Two images of 9 × 7 places and 5 channels, in steps of 2 rows, with padding on every side.
constexpr ImageExtent image = {2, 9, 7, 5, {3, 3, 2, 1, 1, 1}, 5, 7};
constexpr std::size_t image_inputs = 2 * 9 * 7 * 5;
constexpr std::size_t filters = 19;

// `x` is longer than the images and their weights, and holds those, too.
std::vector<std::vector<float>> convolutions(const KernelTable& t, const std::vector<float>& x) {
  constexpr std::size_t places = 2 * 5 * 7;
  constexpr std::size_t weights = 3 * 3 * 5;
  std::vector<float> scratch(convolution_scratch(image, filters));
  std::vector<float> y(places * filters);
  std::vector<float> dw(weights * filters);
  std::vector<float> db(filters);
  std::vector<float> dx(image_inputs);
  t.convolution_forward(image, filters, x.data(), x.data(), x.data(), y.data(), scratch.data());
  t.convolution_gradient_weights(image, filters, x.data(), y.data(), dw.data(), db.data(), scratch.data());
  t.convolution_gradient_inputs(image, filters, y.data(), x.data(), dx.data(), scratch.data());
  std::vector<std::vector<float>> results = {y, dw, db, dx};
  y.resize(places * 5);
  dw.resize(weights);
  db.resize(5);
  t.depthwise_forward(image, x.data(), x.data(), x.data(), y.data());
  t.depthwise_gradient_weights(image, x.data(), y.data(), dw.data(), db.data());
  t.depthwise_gradient_inputs(image, y.data(), x.data(), dx.data());
  results.insert(results.end(), {y, dw, db, dx});
  return results;
}

std::vector<std::vector<float>> pools(const KernelTable& t, const std::vector<float>& x) {
  std::vector<float> y(std::size_t{2} * 5 * 7 * 5);
  std::vector<float> dx(image_inputs);
  t.max_pool_forward(image, x.data(), y.data());
  t.max_pool_backward(image, x.data(), y.data(), dx.data());
  std::vector<std::vector<float>> results = {y, dx};
  t.average_pool_forward(image, x.data(), y.data());
  t.average_pool_backward(image, y.data(), dx.data());
  results.insert(results.end(), {y, dx});
  return results;
}
}  // namespace

Digest numerics_digest() {
  return numerics_digest(kernels());
}

Digest numerics_digest(const KernelTable& t) {
  constexpr std::size_t rows = 19;
  constexpr std::size_t inputs = 37;
  constexpr std::size_t units = 69;
  Sha256 hash;
  const auto add = [&hash](const auto& values) { hash.update(std::as_bytes(std::span(values))); };
  // Uniform in [-4, 4).
  const auto values = [](std::uint32_t tensor, std::size_t count) {
    const random::Draws draws(random::Key(0x6b65726e), random::Stream::initialization, tensor);
    std::vector<float> result(count);
    for (std::size_t i = 0; i < count; ++i) result[i] = 8.0F * draws.uniform_float(i) - 4.0F;
    return result;
  };
  const std::vector<float> x = values(1, rows * inputs);
  const std::vector<float> w = values(2, inputs * units);
  const std::vector<float> bias = values(3, units);
  const std::vector<float> dy = values(4, rows * units);
  std::vector<float> y(rows * units);
  std::vector<float> dw(inputs * units);
  std::vector<float> a(units);
  std::vector<float> b(units, 1.0F);
  std::vector<float> dx(rows * inputs);
  t.dense_forward(rows, inputs, units, x.data(), w.data(), bias.data(), y.data());
  t.dense_gradient_weights(rows, inputs, units, x.data(), dy.data(), dw.data(), a.data());
  t.dense_gradient_inputs(rows, inputs, units, dy.data(), w.data(), dx.data());
  for (const auto* part : {&y, &dw, &a, &dx}) add(*part);

  for (const auto& part : activations(t, dy, values(5, y.size()))) add(part);
  add(functions(t, dy));
  std::vector<float> normalized(rows * units);
  std::vector<float> inverse(units);
  t.batch_norm_training(rows, units, units, dy.data(), bias.data(), bias.data(), a.data(), b.data(),
                        normalized.data(), inverse.data(), y.data());
  for (const auto* part : {&normalized, &inverse, &a, &b, &y}) add(*part);
  t.batch_norm_inference(rows, units, dy.data(), bias.data(), bias.data(), a.data(), b.data(), y.data());
  add(y);
  t.batch_norm_backward(rows, units, units, normalized.data(), inverse.data(), bias.data(), y.data(),
                        a.data(), b.data());
  for (const auto* part : {&a, &b, &y}) add(*part);

  for (const auto& part : layer_norm(t, {rows, units}, dy, bias)) add(part);
  for (const auto& part : convolutions(t, dy)) add(part);
  for (const auto& part : pools(t, dy)) add(part);

  std::array<std::uint32_t, rows> classes{};
  for (std::size_t r = 0; r < rows; ++r) classes[r] = static_cast<std::uint32_t>(r % 2);
  t.softmax(rows, units, dy.data(), y.data());
  add(y);
  t.log_softmax(rows, units, dy.data(), y.data());
  add(y);
  add(std::array{t.softmax_cross_entropy(rows, units, dy.data(), classes.data(), y.data()),
                 t.softmax_cross_entropy(rows, units, dy.data(), classes.data(), nullptr),
                 t.binary_cross_entropy(rows, dy.data(), classes.data(), a.data()),
                 t.squared_error(rows, dy.data(), x.data(), b.data())});
  for (const auto* part : {&y, &a, &b}) add(*part);

  std::vector<float> first(w.size());
  std::vector<float> second(w.size());
  std::vector<float> weights = w;
  t.sgd(w.size(), 0.01F, 0.9F, dw.data(), first.data(), weights.data());
  t.adam(w.size(), 0.01F, 0.1F, 0.9F, 0.999F, dw.data(), first.data(), second.data(), weights.data());
  t.axpy(w.size(), 0.3F, w.data(), weights.data());
  for (const auto* part : {&first, &second, &weights}) add(*part);
  add(std::array{t.sum(w.size(), w.data()), t.dot(w.size(), w.data(), dw.data())});
  return hash.finish();
}

}  // namespace rondo::kernels
