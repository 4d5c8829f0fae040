// What a network consists of; network.cpp makes it, forward.cpp and backward.cpp are its passes.
#pragma once

#include <optional>
#include <vector>

#include "worker/kernels/kernels.h"
#include "worker/kernels/parallel.h"
#include "worker/kernels/parallel_images.h"
#include "worker/nn/arena.h"
#include "worker/nn/blocks.h"
#include "worker/nn/network.h"

namespace rondo::nn {

struct Network::State {
  State(const proto::Architecture& architecture, const ProblemShape& problem, proto::Task its_task,
        Room its_room);

  void plan(ArenaLayout& layout);
  [[nodiscard]] std::span<float> of(Slot slot, std::size_t size) { return (*arena)[slot].first(size); }
  [[nodiscard]] std::span<float> tensor(std::size_t id) { return (*arena)[tensors[id]]; }
  [[nodiscard]] std::span<float> gradient(std::size_t id) { return (*arena)[gradients[id]]; }
  // For the block's convolution; the other threads work in `idle`, which nothing else needs meanwhile.
  [[nodiscard]] kernels::Scratch scratch_of(const Block& block, std::span<float> idle);
  [[nodiscard]] std::span<const float> input_of(std::size_t block, std::size_t rows);

  void forward(std::size_t rows, bool training, random::Key key, std::uint32_t step);
  // What the block's dense layer or convolution gives for rows first … first + rows - 1, of `all`.
  void transform(std::size_t block, std::size_t first, std::size_t rows, std::size_t all);
  // What its activation and pool give, for all rows.
  void activate(std::size_t block, std::size_t rows, bool training);
  void transform_and_pool(std::size_t block, std::size_t rows, bool training);
  void normalize(const Block& block, std::size_t rows, bool training);

  // On entry `flow` holds the loss's gradient by the output layer's value.
  void backward(std::size_t rows, random::Key key, std::uint32_t step, const kernels::Step* moving);
  // From the gradient by what goes out to the one by what the transformation gave, in `flow`.
  void back_to_transform(const Block& block, std::size_t rows, random::Key key, std::uint32_t step);
  void back_through_norm(const Block& block, std::size_t rows);
  // With `moving` the layer's weights are moved by it, and their gradient is not kept.
  void back_through_dense(std::size_t block, std::size_t rows, const kernels::Step* moving);
  void back_through_convolution(std::size_t block, std::size_t rows);
  // Rows first … first + rows - 1, of `all`, of the convolution and what `in_parts` puts behind it.
  void back_through_part(std::size_t block, std::size_t first, std::size_t rows, std::size_t all);

  float loss(const Targets& targets, std::size_t rows, std::span<float> gradient);

  std::vector<TensorSpec> specs;
  std::vector<Block> blocks;
  proto::Task task;
  proto::Initialization initialization;
  Room room;
  std::size_t inputs;

  std::optional<Arena> arena;
  std::vector<Slot> tensors;
  std::vector<Slot> gradients;           // empty slots where nothing is trainable
  std::vector<std::vector<Slot>> slots;  // [slot][tensor]
  Slot input;
  // rows × widest block each: the loss's gradient on its way back, before and after a step.
  Slot flow;
  Slot next_flow;
  Slot scratch;  // of the convolutions, and what is idle on the way forward
  Slot idle_forward;
};

[[nodiscard]] kernels::Activation kernel_of(proto::Activation activation);

}  // namespace rondo::nn
