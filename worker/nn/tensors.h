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
  std::vector<std::uint32_t> shape;  // weights: inputs × outputs, row-major; all others: outputs
  std::size_t size = 0;              // product of the shape
};

// Whether the optimiser changes it. Running statistics are changed by the forward pass.
[[nodiscard]] bool trainable(TensorKind kind);
// Weights alone decay under AdamW.
[[nodiscard]] bool decays(TensorKind kind);

// For every block: dense_i/weights, dense_i/bias, then, with batch norm, batch_norm_i/gamma, /beta,
// /running_mean, /running_variance; at the end output/weights, output/bias.
[[nodiscard]] std::vector<TensorSpec> canonical_tensors(const proto::Architecture& architecture,
                                                        const ProblemShape& shape);

}  // namespace rondo::nn
