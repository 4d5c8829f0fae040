#include "worker/train/weights.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/base/check.h"
#include "common/base/error.h"
#include "worker/kernels/kernels.h"

namespace rondo::train {

// Floats are written as they lie in memory.
static_assert(std::endian::native == std::endian::little, "a big-endian host needs byte swaps here");

std::size_t packed_size(const std::vector<nn::TensorSpec>& tensors) {
  std::size_t size = 0;
  for (const nn::TensorSpec& tensor : tensors) size += tensor.size;
  return size;
}

void pack(const nn::Network& network, std::span<float> out) {
  std::size_t offset = 0;
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    const std::span<const float> values = network.tensor(id);
    RONDO_CHECK(offset + values.size() <= out.size());
    std::copy(values.begin(), values.end(), out.begin() + static_cast<std::ptrdiff_t>(offset));
    offset += values.size();
  }
  RONDO_CHECK(offset == out.size(), "{} values for {}", offset, out.size());
}

void unpack(std::span<const float> packed, nn::Network& network) {
  std::size_t offset = 0;
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    const std::span<float> values = network.tensor(id);
    RONDO_CHECK(offset + values.size() <= packed.size());
    std::ranges::copy(packed.subspan(offset, values.size()), values.begin());
    offset += values.size();
  }
  RONDO_CHECK(offset == packed.size(), "{} values for {}", packed.size(), offset);
}

Digest weights_digest(const std::vector<nn::TensorSpec>& tensors, std::span<const float> packed) {
  Sha256 hash;
  std::size_t offset = 0;
  for (const nn::TensorSpec& tensor : tensors) {
    hash.update_u32(static_cast<std::uint32_t>(tensor.name.size()));
    hash.update(tensor.name);
    hash.update_u32(static_cast<std::uint32_t>(tensor.shape.size()));
    for (const std::uint32_t extent : tensor.shape) hash.update_u32(extent);
    hash.update(std::as_bytes(packed.subspan(offset, tensor.size)));
    offset += tensor.size;
  }
  return hash.finish();
}

void to_model(const std::vector<nn::TensorSpec>& tensors, std::span<const float> packed,
              proto::Network& network) {
  std::size_t offset = 0;
  for (const nn::TensorSpec& spec : tensors) {
    proto::Tensor& tensor = *network.add_tensors();
    tensor.set_name(spec.name);
    for (const std::uint32_t extent : spec.shape) tensor.add_shape(extent);
    const std::span<const float> values = packed.subspan(offset, spec.size);
    tensor.set_values(values.data(), values.size_bytes());
    offset += spec.size;
  }
}

void check_tensor(const proto::Tensor& tensor, const nn::TensorSpec& spec) {
  if (tensor.name() != spec.name) {
    throw_corrupt("model: a tensor is named '{}' where '{}' must stand; use an undamaged copy", tensor.name(),
                  spec.name);
  }
  if (!std::ranges::equal(tensor.shape(), spec.shape) ||
      tensor.values().size() != spec.size * sizeof(float)) {
    throw_corrupt(
        "model: tensor '{}' has another shape than its architecture and columns say; use an undamaged copy",
        spec.name);
  }
  std::vector<float> values(spec.size);
  std::memcpy(values.data(), tensor.values().data(), tensor.values().size());
  if (!all_finite(values)) {
    throw_corrupt("model: tensor '{}' has a value that is not finite; use an undamaged copy", spec.name);
  }
}

void from_model(const proto::Network& stored, nn::Network& network) {
  const std::vector<nn::TensorSpec>& specs = network.tensors();
  RONDO_CHECK(static_cast<std::size_t>(stored.tensors_size()) == specs.size());
  for (std::size_t id = 0; id < specs.size(); ++id) {
    const proto::Tensor& tensor = stored.tensors(static_cast<int>(id));
    check_tensor(tensor, specs[id]);
    const std::span<float> values = network.tensor(id);
    std::memcpy(values.data(), tensor.values().data(), tensor.values().size());
  }
}

bool all_finite(std::span<const float> values) {
  return kernels::all_finite(values);
}

}  // namespace rondo::train
