// SGD with momentum, Adam and AdamW over a network's trainable tensors, in canonical order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rondo/architecture.pb.h"
#include "worker/nn/network.h"

namespace rondo::nn {

class Optimizer {
 public:
  explicit Optimizer(const proto::Optimizer& settings);

  // Values of state for each trainable value: SGD 1 (velocity), Adam and AdamW 2 (first and second moment).
  [[nodiscard]] static std::size_t slots(const proto::Optimizer& settings);

  // One step along the gradients that the network holds.
  void step(Network& network);

  // State that belongs to no tensor: Adam's running products of β1 and β2; empty for SGD.
  [[nodiscard]] std::span<const float> products() const;
  void restore_products(std::span<const float> products);
};

}  // namespace rondo::nn
