#include "common/architecture/architecture.h"

#include "common/base/error.h"
#include "common/experiment/canonical.h"

namespace rondo {

namespace {

// The ranges of README.md. They are the schema's bounds of the space, so no sampler can leave them.
constexpr std::uint32_t most_blocks = 64;
constexpr std::uint32_t most_units = 65536;
constexpr std::uint32_t most_filters = 4096;
constexpr std::uint32_t most_kernel = 63;
constexpr std::uint32_t most_pool = 64;
constexpr std::uint32_t most_batch = 1048576;
constexpr float most_dropout = 0.95F;

// Also false for NaN.
bool within(float value, float low, float high) {
  return value >= low && value <= high;
}
constexpr float largest = 3.4028234663852886e38F;

// -0 and 0 are one value and must be one row of bytes.
float plain_zero(float value) {
  return value == 0 ? 0.0F : value;
}

const char* complaint(const proto::ConvolutionBlock& block) {
  if (block.filters() < 1 || block.filters() > most_filters) return "filters out of range";
  if (block.kernel() > most_kernel || block.kernel() % 2 == 0) return "a kernel that is even or out of range";
  if (!proto::Activation_IsValid(block.activation())) return "an unknown activation";
  if (block.pool() < 1 || block.pool() > most_pool) return "pool out of range";
  if (!within(block.dropout(), 0, most_dropout)) return "dropout out of range";
  return nullptr;
}

const char* complaint(const proto::Architecture& architecture) {
  if (static_cast<std::uint32_t>(architecture.convolutions_size()) > most_blocks)
    return "too many convolutions";
  for (const proto::ConvolutionBlock& block : architecture.convolutions()) {
    if (const char* const what = complaint(block)) return what;
  }
  if (static_cast<std::uint32_t>(architecture.blocks_size()) > most_blocks) return "too many blocks";
  for (const proto::DenseBlock& block : architecture.blocks()) {
    if (block.units() < 1 || block.units() > most_units) return "units out of range";
    if (!proto::Activation_IsValid(block.activation())) return "an unknown activation";
    if (!within(block.dropout(), 0, most_dropout)) return "dropout out of range";
  }
  const proto::Optimizer& optimizer = architecture.optimizer();
  if (!proto::OptimizerKind_IsValid(optimizer.kind())) return "an unknown optimizer";
  if (!within(optimizer.learning_rate(), 0, largest)) return "learning rate out of range";
  if (!within(optimizer.weight_decay(), 0, largest)) return "weight decay out of range";
  if (!within(optimizer.momentum(), 0, 1) || optimizer.momentum() == 1) return "momentum out of range";
  if (architecture.batch_size() < 1 || architecture.batch_size() > most_batch)
    return "batch size out of range";
  if (!proto::Initialization_IsValid(architecture.initialization())) return "an unknown initialization";
  return nullptr;
}

}  // namespace

proto::Architecture canonical(const proto::Architecture& architecture) {
  proto::Architecture result = architecture;
  result.DiscardUnknownFields();
  for (proto::ConvolutionBlock& block : *result.mutable_convolutions()) {
    block.set_dropout(plain_zero(block.dropout()));
  }
  if (result.convolutions().empty()) result.set_global_average(false);
  for (proto::DenseBlock& block : *result.mutable_blocks()) {
    block.set_dropout(plain_zero(block.dropout()));
    if (block.batch_norm()) block.set_layer_norm(false);
  }
  proto::Optimizer& optimizer = *result.mutable_optimizer();
  optimizer.set_learning_rate(plain_zero(optimizer.learning_rate()));
  optimizer.set_weight_decay(
      optimizer.kind() == proto::OPTIMIZER_KIND_ADAMW ? plain_zero(optimizer.weight_decay()) : 0.0F);
  optimizer.set_momentum(optimizer.kind() == proto::OPTIMIZER_KIND_SGD ? plain_zero(optimizer.momentum())
                                                                       : 0.0F);
  return result;
}

std::string canonical_bytes(const proto::Architecture& architecture) {
  return canonical_serialize(canonical(architecture));
}

proto::Architecture parse_architecture(std::string_view bytes) {
  proto::Architecture architecture;
  parse_canonical(bytes, architecture);
  if (const char* const what = complaint(architecture)) throw_corrupt("not an architecture: {}", what);
  if (canonical_bytes(architecture) != bytes)
    throw_corrupt("an architecture that is not in its canonical form");
  return architecture;
}

Digest content_digest(std::string_view canonical_architecture_bytes) {
  return sha256(canonical_architecture_bytes);
}

}  // namespace rondo
