// A network's weights as one row of floats in canonical order, their digest, and their tensors in a model
// file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/digest.h"
#include "rondo/model.pb.h"
#include "worker/nn/network.h"
#include "worker/nn/tensors.h"

namespace rondo::train {

// Number of floats of all tensors together.
[[nodiscard]] std::size_t packed_size(const std::vector<nn::TensorSpec>& tensors);
// All tensors (running statistics included), one behind the other. The sizes must match.
void pack(const nn::Network& network, std::span<float> out);
void unpack(std::span<const float> packed, nn::Network& network);

// SHA-256 over the tensors in canonical order, each as: length of the name (u32), the name, number of
// dimensions (u32), the dimensions (u32 each), the values' bits (u32 each), all little-endian.
[[nodiscard]] Digest weights_digest(const std::vector<nn::TensorSpec>& tensors,
                                    std::span<const float> packed);

// Appends the tensors to a model's network, values as little-endian bits.
void to_model(const std::vector<nn::TensorSpec>& tensors, std::span<const float> packed,
              proto::Network& network);
// Throws Error(corrupt) when the tensor's name, shape or length is not the spec's, or a value is not finite.
void check_tensor(const proto::Tensor& tensor, const nn::TensorSpec& spec);
// Copies the tensors of a model's network, one for each of `network`'s, checked as above.
void from_model(const proto::Network& stored, nn::Network& network);

// Whether every value is finite.
[[nodiscard]] bool all_finite(std::span<const float> values);

}  // namespace rondo::train
