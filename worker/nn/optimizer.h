// SGD with momentum, Adam and AdamW over a network's trainable tensors, in canonical order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rondo/architecture.pb.h"
#include "worker/nn/network.h"

namespace rondo::nn {

class Optimizer {
 public:
  explicit Optimizer(const proto::Optimizer& settings);

  // Values of state for each trainable value: SGD 1 (velocity), Adam and AdamW 2 (first and second moment).
  [[nodiscard]] static std::size_t slots(const proto::Optimizer& settings);

  // One step along the gradients that the network holds. The network must have been made with
  // slots(settings).
  void step(Network& network);
  // network.train() and step() as one; the gradients are not kept. Where the loss is not finite nothing is
  // moved.
  [[nodiscard]] float train(Network& network, const Targets& targets, std::size_t rows, random::Key key,
                            std::uint32_t step);

  // State that belongs to no tensor: β1ᵗ and β2ᵗ as Adam's running products; empty for SGD.
  [[nodiscard]] std::span<const float> products() const;
  // Takes what products() gave.
  void restore_products(std::span<const float> products);

 private:
  // Counts the step.
  [[nodiscard]] kernels::Step next();
  template <class Wanted>
  void move(Network& network, const Wanted& wanted);

  proto::OptimizerKind kind_;
  float learning_rate_;
  float weight_decay_;
  float momentum_;
  std::array<float, 2> products_ = {1.0F, 1.0F};
};

}  // namespace rondo::nn
