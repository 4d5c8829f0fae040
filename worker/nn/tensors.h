// The canonical network: the names, shapes and order of all the tensors that a network consists of. The
// position in this list is a tensor's id; it addresses its draws, and it is the order of fingerprints,
// digests and model files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/architecture/architecture.h"
#include "rondo/architecture.pb.h"

namespace rondo::nn {

enum class TensorKind { weights, bias, gamma, beta, running_mean, running_variance };

struct TensorSpec {
  std::string name;  // "dense_1/weights" …, "batch_norm_1/gamma" …, "output/bias"; blocks are numbered from 1
  TensorKind kind = TensorKind::weights;
  // Weights, row-major: inputs × outputs; window height × window width × channels × filters; of a depthwise
  // convolution window height × window width × channels. All others: outputs.
  std::vector<std::uint32_t> shape;
  std::size_t size = 0;  // product of the shape
  // Of weights: how many values an output looks at, and how many outputs look at a value.
  std::uint32_t fan_in = 0;
  std::uint32_t fan_out = 0;
};

// Whether the optimiser changes it. Running statistics are changed by the forward pass.
[[nodiscard]] bool trainable(TensorKind kind);
// Weights alone decay under AdamW.
[[nodiscard]] bool decays(TensorKind kind);

// What Network::train_backward() can move.
[[nodiscard]] bool is_dense_weights(const TensorSpec& spec);

// For every convolution i: depthwise_i/weights, /bias, if it is separable; convolution_i/weights, /bias; with
// batch norm convolution_batch_norm_i/gamma, /beta, /running_mean, /running_variance. For every dense block
// i: dense_i/weights, /bias; with batch norm batch_norm_i/…, with layer norm layer_norm_i/gamma, /beta. At
// the end output/weights, output/bias.
[[nodiscard]] std::vector<TensorSpec> canonical_tensors(const proto::Architecture& architecture,
                                                        const ProblemShape& shape);

}  // namespace rondo::nn
