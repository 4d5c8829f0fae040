#include "tests/bench/plain_step.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace rondo::bench {

namespace {

// y = x · weights + bias
void forward(std::size_t rows, const PlainLayer& layer, const float* x, float* y) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t u = 0; u < layer.units; ++u) {
      float sum = 0.0F;
      for (std::size_t k = 0; k < layer.inputs; ++k) {
        sum = std::fma(x[r * layer.inputs + k], layer.weights[k * layer.units + u], sum);
      }
      y[r * layer.units + u] = sum + layer.bias[u];
    }
  }
}

void gradient_weights(std::size_t rows, PlainLayer& layer, const float* x, const float* dy) {
  for (std::size_t k = 0; k < layer.inputs; ++k) {
    for (std::size_t u = 0; u < layer.units; ++u) {
      float sum = 0.0F;
      for (std::size_t r = 0; r < rows; ++r) {
        sum = std::fma(x[r * layer.inputs + k], dy[r * layer.units + u], sum);
      }
      layer.d_weights[k * layer.units + u] = sum;
    }
  }
  for (std::size_t u = 0; u < layer.units; ++u) {
    float sum = 0.0F;
    for (std::size_t r = 0; r < rows; ++r) sum = sum + dy[r * layer.units + u];
    layer.d_bias[u] = sum;
  }
}

void gradient_inputs(std::size_t rows, const PlainLayer& layer, const float* dy, float* dx) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t k = 0; k < layer.inputs; ++k) {
      float sum = 0.0F;
      for (std::size_t u = 0; u < layer.units; ++u) {
        sum = std::fma(dy[r * layer.units + u], layer.weights[k * layer.units + u], sum);
      }
      dx[r * layer.inputs + k] = sum;
    }
  }
}

double tree(double (&lanes)[16]) {
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lanes[l] = lanes[l] + lanes[l + half];
  }
  return lanes[0];
}

// Rounded from double, which is the correctly rounded value but for one argument in some hundred million.
float exp_float(float x) {
  return static_cast<float>(std::exp(static_cast<double>(x)));
}

void adam(float learning_rate, const float (&products)[2], const std::vector<float>& gradient,
          std::vector<float> (&moments)[2], std::vector<float>& weights) {
  const float alpha = (learning_rate * std::sqrt(1.0F - products[1])) / (1.0F - products[0]);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float g = gradient[i];
    const float m = std::fma(1.0F - 0.9F, g - moments[0][i], moments[0][i]);
    const float v = std::fma(1.0F - 0.999F, g * g - moments[1][i], moments[1][i]);
    moments[0][i] = m;
    moments[1][i] = v;
    weights[i] = weights[i] - (alpha * m) / (std::sqrt(v) + 1e-7F);
  }
}

}  // namespace

PlainNetwork::PlainNetwork(std::size_t rows, const std::vector<std::size_t>& widths)
    : rows_(rows), inputs_(rows * widths[0]) {
  std::size_t widest = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    PlainLayer layer;
    layer.inputs = widths[i];
    layer.units = widths[i + 1];
    widest = std::max({widest, widths[i], widths[i + 1]});
    for (auto* values :
         {&layer.weights, &layer.d_weights, &layer.weights_moments[0], &layer.weights_moments[1]}) {
      values->assign(layer.inputs * layer.units, 0.0F);
    }
    for (auto* values : {&layer.bias, &layer.d_bias, &layer.bias_moments[0], &layer.bias_moments[1]}) {
      values->assign(layer.units, 0.0F);
    }
    layer.linear.resize(rows * layer.units);
    layer.value.resize(rows * layer.units);
    layers_.push_back(std::move(layer));
  }
  flow_.resize(rows * widest);
  next_flow_.resize(rows * widest);
}

float PlainNetwork::loss(std::span<const std::uint32_t> classes) {
  const std::size_t units = layers_.back().units;
  const auto n = static_cast<float>(rows_);
  double lanes[16] = {};
  for (std::size_t r = 0; r < rows_; ++r) {
    const float* z = layers_.back().linear.data() + r * units;
    float* p = flow_.data() + r * units;
    const float m = *std::max_element(z, z + units);
    double sums[16] = {};
    for (std::size_t u = 0; u < units; ++u) {
      p[u] = exp_float(z[u] - m);
      sums[u % 16] = sums[u % 16] + static_cast<double>(p[u]);
    }
    const auto total = static_cast<float>(tree(sums));
    const float loss = static_cast<float>(std::log(static_cast<double>(total))) - (z[classes[r]] - m);
    lanes[r % 16] = lanes[r % 16] + static_cast<double>(loss);
    for (std::size_t u = 0; u < units; ++u) p[u] = (p[u] / total - (u == classes[r] ? 1.0F : 0.0F)) / n;
  }
  return static_cast<float>(tree(lanes) / static_cast<double>(rows_));
}

float PlainNetwork::step(std::span<const std::uint32_t> classes, float learning_rate) {
  const float* x = inputs_.data();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    PlainLayer& layer = layers_[i];
    forward(rows_, layer, x, layer.linear.data());
    for (std::size_t j = 0; j < layer.linear.size(); ++j) {
      layer.value[j] = layer.linear[j] > 0.0F ? layer.linear[j] : 0.0F;
    }
    x = layer.value.data();
  }
  const float mean = loss(classes);
  for (std::size_t i = layers_.size(); i-- > 0;) {
    PlainLayer& layer = layers_[i];
    if (i + 1 < layers_.size()) {
      for (std::size_t j = 0; j < layer.linear.size(); ++j)
        flow_[j] = layer.linear[j] > 0.0F ? flow_[j] : 0.0F;
    }
    gradient_weights(rows_, layer, i == 0 ? inputs_.data() : layers_[i - 1].value.data(), flow_.data());
    if (i > 0) gradient_inputs(rows_, layer, flow_.data(), next_flow_.data());
    std::swap(flow_, next_flow_);
  }
  products_[0] = products_[0] * 0.9F;
  products_[1] = products_[1] * 0.999F;
  for (PlainLayer& layer : layers_) {
    adam(learning_rate, products_, layer.d_weights, layer.weights_moments, layer.weights);
    adam(learning_rate, products_, layer.d_bias, layer.bias_moments, layer.bias);
  }
  return mean;
}

}  // namespace rondo::bench
