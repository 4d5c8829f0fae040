// A training step of a dense relu network with softmax cross-entropy and Adam by the rules of NUMERICS.md, in
// plain loops: one multiply-add after the other, as RepDL (Microsoft, 2025) writes reproducible training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rondo::bench {

struct PlainLayer {
  std::size_t inputs = 0;
  std::size_t units = 0;
  std::vector<float> weights, bias;
  std::vector<float> d_weights, d_bias;
  std::vector<float> weights_moments[2], bias_moments[2];
  std::vector<float> linear, value;  // rows × units: before and after relu
};

class PlainNetwork {
 public:
  // widths: inputs, units of each layer. Weights and biases are to be filled in.
  PlainNetwork(std::size_t rows, const std::vector<std::size_t>& widths);
  [[nodiscard]] std::vector<PlainLayer>& layers() { return layers_; }
  [[nodiscard]] std::span<float> inputs() { return inputs_; }
  // The mean loss of the rows in inputs().
  float step(std::span<const std::uint32_t> classes, float learning_rate);

 private:
  float loss(std::span<const std::uint32_t> classes);

  std::size_t rows_;
  std::vector<PlainLayer> layers_;
  std::vector<float> inputs_, flow_, next_flow_;
  float products_[2] = {1.0F, 1.0F};
};

}  // namespace rondo::bench
