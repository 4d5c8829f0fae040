#include "worker/nn/tensors.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "common/base/check.h"

namespace rondo::nn {

namespace {

std::uint32_t narrow(std::uint64_t width) {
  RONDO_CHECK(width >= 1 && width <= std::numeric_limits<std::uint32_t>::max(), "width {}", width);
  return static_cast<std::uint32_t>(width);
}

std::size_t product(const std::vector<std::uint32_t>& shape) {
  std::size_t size = 1;
  for (const std::uint32_t extent : shape) size *= extent;
  return size;
}

// The tensors of one layer after the other.
class Tensors {
 public:
  // Whose weights' last extent is their outputs, or their channels.
  void add_weights(const std::string& layer, std::vector<std::uint32_t> shape, std::uint64_t fan_in,
                   std::uint64_t fan_out) {
    const std::uint32_t outputs = shape.back();
    add(layer, "weights", TensorKind::weights, std::move(shape));
    list_.back().fan_in = narrow(fan_in);
    list_.back().fan_out = narrow(fan_out);
    add(layer, "bias", TensorKind::bias, {outputs});
  }
  void add_layer_norm(const std::string& layer, std::uint32_t units) {
    add(layer, "gamma", TensorKind::gamma, {units});
    add(layer, "beta", TensorKind::beta, {units});
  }
  void add_batch_norm(const std::string& layer, std::uint32_t units) {
    add_layer_norm(layer, units);
    add(layer, "running_mean", TensorKind::running_mean, {units});
    add(layer, "running_variance", TensorKind::running_variance, {units});
  }
  [[nodiscard]] std::vector<TensorSpec> take() { return std::move(list_); }

 private:
  void add(const std::string& layer, const char* name, TensorKind kind, std::vector<std::uint32_t> shape) {
    const std::size_t size = product(shape);
    list_.push_back({fmt::format("{}/{}", layer, name), kind, std::move(shape), size});
  }
  std::vector<TensorSpec> list_;
};

void add_convolution(const proto::ConvolutionBlock& block, const ConvolutionShape& shape, int number,
                     Tensors& tensors) {
  const std::uint64_t window = shape.window_height * shape.window_width;
  const std::uint32_t height = narrow(shape.window_height);
  const std::uint32_t width = narrow(shape.window_width);
  const std::uint32_t channels = narrow(shape.channels);
  const std::uint32_t filters = narrow(shape.filters);
  const std::string convolution = fmt::format("convolution_{}", number);
  if (block.separable()) {
    tensors.add_weights(fmt::format("depthwise_{}", number), {height, width, channels}, window, window);
    tensors.add_weights(convolution, {1, 1, channels, filters}, channels, filters);
  } else {
    tensors.add_weights(convolution, {height, width, channels, filters}, window * channels, window * filters);
  }
  if (block.batch_norm()) tensors.add_batch_norm(fmt::format("convolution_batch_norm_{}", number), filters);
}

}  // namespace

bool trainable(TensorKind kind) {
  return kind != TensorKind::running_mean && kind != TensorKind::running_variance;
}

bool decays(TensorKind kind) {
  return kind == TensorKind::weights;
}

bool is_dense_weights(const TensorSpec& spec) {
  return spec.kind == TensorKind::weights && spec.shape.size() == 2;
}

std::vector<TensorSpec> canonical_tensors(const proto::Architecture& architecture,
                                          const ProblemShape& shape) {
  Tensors tensors;
  std::uint64_t width = shape.inputs;
  int number = 0;
  for (const ConvolutionShape& convolution : convolution_shapes(architecture, shape.image)) {
    add_convolution(architecture.convolutions(number), convolution, number + 1, tensors);
    ++number;
    width = convolution.filters;
    if (!architecture.global_average()) width *= convolution.pooled_height * convolution.pooled_width;
  }
  number = 0;
  for (const proto::DenseBlock& block : architecture.blocks()) {
    ++number;
    const std::uint32_t units = narrow(block.units());
    tensors.add_weights(fmt::format("dense_{}", number), {narrow(width), units}, width, units);
    if (block.batch_norm()) {
      tensors.add_batch_norm(fmt::format("batch_norm_{}", number), units);
    } else if (block.layer_norm()) {
      tensors.add_layer_norm(fmt::format("layer_norm_{}", number), units);
    }
    width = units;
  }
  tensors.add_weights("output", {narrow(width), narrow(shape.outputs)}, width, shape.outputs);
  return tensors.take();
}

}  // namespace rondo::nn
