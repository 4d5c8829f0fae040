#include "worker/nn/tensors.h"

#include <fmt/format.h>

#include <limits>

#include "common/base/check.h"

namespace rondo::nn {

namespace {

std::uint32_t narrow(std::uint64_t width) {
  RONDO_CHECK(width >= 1 && width <= std::numeric_limits<std::uint32_t>::max(), "width {}", width);
  return static_cast<std::uint32_t>(width);
}

void add(std::vector<TensorSpec>& tensors, const std::string& layer, const char* name, TensorKind kind,
         std::vector<std::uint32_t> shape) {
  std::size_t size = 1;
  for (const std::uint32_t extent : shape) size *= extent;
  tensors.push_back({fmt::format("{}/{}", layer, name), kind, std::move(shape), size});
}

}  // namespace

bool trainable(TensorKind kind) {
  return kind != TensorKind::running_mean && kind != TensorKind::running_variance;
}

bool decays(TensorKind kind) {
  return kind == TensorKind::weights;
}

std::vector<TensorSpec> canonical_tensors(const proto::Architecture& architecture,
                                          const ProblemShape& shape) {
  std::vector<TensorSpec> tensors;
  std::uint32_t width = narrow(shape.inputs);
  int number = 0;
  for (const proto::DenseBlock& block : architecture.blocks()) {
    ++number;
    const std::uint32_t units = narrow(block.units());
    const std::string dense = fmt::format("dense_{}", number);
    add(tensors, dense, "weights", TensorKind::weights, {width, units});
    add(tensors, dense, "bias", TensorKind::bias, {units});
    if (block.batch_norm()) {
      const std::string norm = fmt::format("batch_norm_{}", number);
      add(tensors, norm, "gamma", TensorKind::gamma, {units});
      add(tensors, norm, "beta", TensorKind::beta, {units});
      add(tensors, norm, "running_mean", TensorKind::running_mean, {units});
      add(tensors, norm, "running_variance", TensorKind::running_variance, {units});
    }
    width = units;
  }
  add(tensors, "output", "weights", TensorKind::weights, {width, narrow(shape.outputs)});
  add(tensors, "output", "bias", TensorKind::bias, {narrow(shape.outputs)});
  return tensors;
}

}  // namespace rondo::nn
