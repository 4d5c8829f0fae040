#include "worker/nn/network.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "worker/kernels/kernels.h"
#include "worker/nn/network_state.h"

namespace rondo::nn {

Network::State::State(const proto::Architecture& architecture, const ProblemShape& problem,
                      proto::Task its_task, Room its_room)
    : specs(canonical_tensors(architecture, problem)),
      blocks(blocks_of(architecture, problem)),
      task(its_task),
      initialization(architecture.initialization()),
      room(std::move(its_room)),
      inputs(problem.inputs) {
  RONDO_CHECK(room.rows > 0);
  RONDO_CHECK(task == proto::TASK_MULTICLASS ? problem.outputs >= 2 : problem.outputs == 1, "{} outputs",
              problem.outputs);
  ArenaLayout layout;
  plan(layout);
  arena.emplace(layout);
}

void Network::State::plan(ArenaLayout& layout) {
  const auto each = [&](const auto& wanted) {
    std::vector<Slot> result;
    for (const TensorSpec& spec : specs) result.push_back(layout.add(wanted(spec) ? spec.size : 0));
    return result;
  };
  const auto is_trainable = [](const TensorSpec& spec) { return trainable(spec.kind); };
  tensors = each([](const TensorSpec&) { return true; });
  if (room.training) gradients = each(is_trainable);
  for (std::size_t slot = 0; slot < room.slots; ++slot) slots.push_back(each(is_trainable));
  input = layout.add(room.rows * inputs);
  std::size_t widest = 0;
  std::size_t most_scratch = 0;
  for (Block& block : blocks) {
    block.plan(room.rows, room.training, room.threads.count(), layout);
    widest = std::max(widest, room.rows * block.widest());
    if (!block.convolution) continue;
    most_scratch = std::max(
        most_scratch, kernels::convolution_scratch(block.convolution_extent(room.rows), block.channels));
  }
  scratch = layout.add(most_scratch);
  if (room.training) {
    flow = layout.add(widest);
    next_flow = layout.add(widest);
    // Gradients flow on the way back alone.
    idle_forward = {flow.offset, next_flow.offset + next_flow.size - flow.offset};
  } else {
    idle_forward = layout.add(kernels::other_threads_scratch(room.threads.count() - 1, most_scratch));
  }
}

float Network::State::loss(const Targets& targets, std::size_t rows, std::span<float> gradient) {
  const Block& output = blocks.back();
  const std::span<const float> given = of(output.value, rows * output.outputs);
  switch (task) {
    case proto::TASK_BINARY:
      return kernels::binary_cross_entropy(given, targets.classes, gradient);
    case proto::TASK_MULTICLASS:
      return kernels::softmax_cross_entropy({rows, output.outputs}, given, targets.classes, gradient);
    default:
      return kernels::squared_error(given, targets.values, gradient);
  }
}

Network::Network(const proto::Architecture& architecture, const ProblemShape& shape, proto::Task task,
                 Room room)
    : state_(std::make_unique<State>(architecture, shape, task, std::move(room))) {}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

void Network::initialize(random::Key key) {
  State& state = *state_;
  for (std::size_t id = 0; id < state.specs.size(); ++id) {
    const TensorSpec& spec = state.specs[id];
    const std::span<float> values = tensor(id);
    const bool one = spec.kind == TensorKind::gamma || spec.kind == TensorKind::running_variance;
    std::ranges::fill(values, one ? 1.0F : 0.0F);
    if (spec.kind == TensorKind::weights) {
      const random::Draws draws(key, random::Stream::initialization, static_cast<std::uint32_t>(id), 0);
      if (state.initialization == proto::INITIALIZATION_HE_NORMAL) {
        kernels::he_normal(draws, spec.fan_in, values);
      } else {
        kernels::glorot_uniform(draws, spec.fan_in, spec.fan_out, values);
      }
    }
    for (std::size_t slot = 0; slot < state.room.slots; ++slot) std::ranges::fill(this->slot(slot, id), 0.0F);
  }
}

const kernels::Threads& Network::threads() const {
  return state_->room.threads;
}

std::size_t Network::bytes() const {
  return state_->arena->bytes();
}

const std::vector<TensorSpec>& Network::tensors() const {
  return state_->specs;
}

std::span<float> Network::tensor(std::size_t id) {
  return (*state_->arena)[state_->tensors.at(id)];
}

std::span<const float> Network::tensor(std::size_t id) const {
  return std::as_const(*state_->arena)[state_->tensors.at(id)];
}

std::span<float> Network::gradient(std::size_t id) {
  return (*state_->arena)[state_->gradients.at(id)];
}

std::span<float> Network::slot(std::size_t slot, std::size_t id) {
  return (*state_->arena)[state_->slots.at(slot).at(id)];
}

std::span<const float> Network::slot(std::size_t slot, std::size_t id) const {
  return std::as_const(*state_->arena)[state_->slots.at(slot).at(id)];
}

std::span<float> Network::inputs(std::size_t rows) {
  RONDO_CHECK(rows <= state_->room.rows, "{} rows in room for {}", rows, state_->room.rows);
  return state_->of(state_->input, rows * state_->inputs);
}

float Network::train(const Targets& targets, std::size_t rows, random::Key key, std::uint32_t step) {
  const float loss = train_forward(targets, rows, key, step);
  train_backward(rows, key, step);
  return loss;
}

float Network::train_forward(const Targets& targets, std::size_t rows, random::Key key, std::uint32_t step) {
  RONDO_CHECK(state_->room.training);
  state_->forward(rows, true, key, step);
  return state_->loss(targets, rows, state_->of(state_->flow, rows * state_->blocks.back().outputs));
}

void Network::train_backward(std::size_t rows, random::Key key, std::uint32_t step,
                             const kernels::Step* moving) {
  state_->backward(rows, key, step, moving);
}

std::span<const float> Network::infer(std::size_t rows) {
  state_->forward(rows, false, random::Key(0), 0);
  const Block& output = state_->blocks.back();
  return state_->of(output.value, rows * output.outputs);
}

float Network::loss(const Targets& targets, std::size_t rows) {
  return state_->loss(targets, rows, {});
}

}  // namespace rondo::nn
