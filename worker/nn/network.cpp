#include "worker/nn/network.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "worker/kernels/kernels.h"
#include "worker/kernels/parallel.h"
#include "worker/nn/arena.h"

namespace rondo::nn {

namespace {

// One dense layer with what follows it. The output layer is a block without batch norm, activation and
// dropout.
struct Layer {
  std::size_t inputs = 0;
  std::size_t units = 0;
  bool output = false;
  bool batch_norm = false;
  proto::Activation activation = proto::ACTIVATION_RELU;
  float dropout = 0;
  std::uint32_t number = 0;  // from 1; addresses the dropout masks
  std::size_t first_tensor = 0;

  // rows × units each. A training pass keeps what the way back needs; an inference pass needs `value` alone.
  Slot value;       // what the layer hands on, after activation and dropout
  Slot linear;      // what the dense layer gave
  Slot normalized;  // batch norm's (x - mean) / deviation
  Slot argument;    // what the activation was given
  // units each
  Slot mean;
  Slot inverse_deviation;

  [[nodiscard]] std::size_t weights() const { return first_tensor; }
  [[nodiscard]] std::size_t bias() const { return first_tensor + 1; }
  [[nodiscard]] std::size_t gamma() const { return first_tensor + 2; }
  [[nodiscard]] std::size_t beta() const { return first_tensor + 3; }
  [[nodiscard]] std::size_t running_mean() const { return first_tensor + 4; }
  [[nodiscard]] std::size_t running_variance() const { return first_tensor + 5; }
};

kernels::Activation kernel_of(proto::Activation activation) {
  switch (activation) {
    case proto::ACTIVATION_TANH:
      return kernels::Activation::tanh;
    case proto::ACTIVATION_SIGMOID:
      return kernels::Activation::sigmoid;
    case proto::ACTIVATION_GELU:
      return kernels::Activation::gelu;
    default:
      return kernels::Activation::relu;
  }
}

std::vector<Layer> layers_of(const proto::Architecture& architecture, const ProblemShape& shape) {
  std::vector<Layer> layers;
  std::size_t width = shape.inputs;
  std::size_t tensor = 0;
  for (const proto::DenseBlock& block : architecture.blocks()) {
    Layer layer;
    layer.inputs = width;
    layer.units = block.units();
    layer.batch_norm = block.batch_norm();
    layer.activation = block.activation();
    layer.dropout = block.dropout();
    layer.number = static_cast<std::uint32_t>(layers.size()) + 1;
    layer.first_tensor = tensor;
    tensor += block.batch_norm() ? 6 : 2;
    width = block.units();
    layers.push_back(layer);
  }
  Layer output;
  output.inputs = width;
  output.units = shape.outputs;
  output.output = true;
  output.first_tensor = tensor;
  layers.push_back(output);
  return layers;
}

}  // namespace

struct Network::State {
  State(const proto::Architecture& architecture, const ProblemShape& problem, proto::Task its_task,
        Room its_room);

  void plan(ArenaLayout& layout);
  std::span<float> of(Slot slot, std::size_t size) { return (*arena)[slot].first(size); }
  std::span<const float> input_of(std::size_t layer, std::size_t rows);
  void forward(std::size_t rows, bool training, random::Key key, std::uint32_t step);
  void normalize(const Layer& layer, std::size_t rows, bool training);
  void backward(std::size_t rows, random::Key key, std::uint32_t step);
  float loss(const Targets& targets, std::size_t rows, std::span<float> gradient);

  std::vector<TensorSpec> specs;
  std::vector<Layer> layers;
  proto::Task task;
  proto::Initialization initialization;
  Room room;
  std::size_t inputs;

  std::optional<Arena> arena;
  std::vector<Slot> tensors;
  std::vector<Slot> gradients;           // empty slots where nothing is trainable
  std::vector<std::vector<Slot>> slots;  // [slot][tensor]
  Slot input;
  // rows × widest layer each: the loss's gradient on its way back, before and after a layer.
  Slot flow;
  Slot next_flow;
};

Network::State::State(const proto::Architecture& architecture, const ProblemShape& problem,
                      proto::Task its_task, Room its_room)
    : specs(canonical_tensors(architecture, problem)),
      layers(layers_of(architecture, problem)),
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
  for (Layer& layer : layers) {
    const std::size_t size = room.rows * layer.units;
    widest = std::max(widest, size);
    layer.linear = layout.add(size);
    // Where a step does not exist, or may overwrite what it read, the buffers are one.
    layer.argument = room.training && layer.batch_norm ? layout.add(size) : layer.linear;
    layer.value = room.training && !layer.output ? layout.add(size) : layer.argument;
    if (room.training && layer.batch_norm) {
      layer.normalized = layout.add(size);
      layer.mean = layout.add(layer.units);
      layer.inverse_deviation = layout.add(layer.units);
    }
  }
  if (room.training) {
    flow = layout.add(widest);
    next_flow = layout.add(widest);
  }
}

std::span<const float> Network::State::input_of(std::size_t layer, std::size_t rows) {
  return layer == 0 ? of(input, rows * inputs) : of(layers[layer - 1].value, rows * layers[layer - 1].units);
}

void Network::State::normalize(const Layer& layer, std::size_t rows, bool training) {
  const kernels::Extent extent{rows, layer.units};
  const std::span<const float> x = of(layer.linear, rows * layer.units);
  const std::span<float> y = of(layer.argument, rows * layer.units);
  const std::span<const float> gamma = (*arena)[tensors[layer.gamma()]];
  const std::span<const float> beta = (*arena)[tensors[layer.beta()]];
  const std::span<float> mean = (*arena)[tensors[layer.running_mean()]];
  const std::span<float> variance = (*arena)[tensors[layer.running_variance()]];
  if (training) {
    kernels::batch_norm_training(room.threads, extent, x, gamma, beta, mean, variance,
                                 of(layer.normalized, x.size()), (*arena)[layer.inverse_deviation], y);
  } else {
    kernels::batch_norm_inference(room.threads, extent, x, gamma, beta, mean, variance, y);
  }
}

void Network::State::forward(std::size_t rows, bool training, random::Key key, std::uint32_t step) {
  RONDO_CHECK(rows > 0 && rows <= room.rows, "{} rows in room for {}", rows, room.rows);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    const std::size_t size = rows * layer.units;
    kernels::dense_forward(room.threads, {rows, layer.inputs, layer.units}, input_of(i, rows),
                           (*arena)[tensors[layer.weights()]], (*arena)[tensors[layer.bias()]],
                           of(layer.linear, size));
    if (layer.output) continue;
    if (layer.batch_norm) normalize(layer, rows, training);
    kernels::activation_forward(room.threads, kernel_of(layer.activation), of(layer.argument, size),
                                of(layer.value, size));
    if (training && layer.dropout > 0) {
      kernels::dropout(room.threads, random::Draws(key, random::Stream::dropout, layer.number, step),
                       layer.dropout, of(layer.value, size));
    }
  }
}

float Network::State::loss(const Targets& targets, std::size_t rows, std::span<float> gradient) {
  const Layer& output = layers.back();
  const std::span<const float> given = of(output.value, rows * output.units);
  switch (task) {
    case proto::TASK_BINARY:
      return kernels::binary_cross_entropy(given, targets.classes, gradient);
    case proto::TASK_MULTICLASS:
      return kernels::softmax_cross_entropy({rows, output.units}, given, targets.classes, gradient);
    default:
      return kernels::squared_error(given, targets.values, gradient);
  }
}

// On entry `flow` holds the loss's gradient by the output layer's value.
void Network::State::backward(std::size_t rows, random::Key key, std::uint32_t step) {
  for (std::size_t i = layers.size(); i-- > 0;) {
    const Layer& layer = layers[i];
    const std::size_t size = rows * layer.units;
    const std::span<float> gradient = of(flow, size);
    if (!layer.output) {
      if (layer.dropout > 0) {
        kernels::dropout(room.threads, random::Draws(key, random::Stream::dropout, layer.number, step),
                         layer.dropout, gradient);
      }
      kernels::activation_backward(room.threads, kernel_of(layer.activation), of(layer.argument, size),
                                   gradient);
      if (layer.batch_norm) {
        kernels::batch_norm_backward(room.threads, {rows, layer.units}, of(layer.normalized, size),
                                     (*arena)[layer.inverse_deviation], (*arena)[tensors[layer.gamma()]],
                                     gradient, (*arena)[gradients[layer.gamma()]],
                                     (*arena)[gradients[layer.beta()]]);
      }
    }
    const kernels::DenseExtent extent{rows, layer.inputs, layer.units};
    kernels::dense_gradient_weights(room.threads, extent, input_of(i, rows), gradient,
                                    (*arena)[gradients[layer.weights()]], (*arena)[gradients[layer.bias()]]);
    if (i > 0) {
      kernels::dense_gradient_inputs(room.threads, extent, gradient, (*arena)[tensors[layer.weights()]],
                                     of(next_flow, rows * layer.inputs));
      std::swap(flow, next_flow);
    }
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
        kernels::he_normal(draws, spec.shape[0], values);
      } else {
        kernels::glorot_uniform(draws, spec.shape[0], spec.shape[1], values);
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
  RONDO_CHECK(state_->room.training);
  state_->forward(rows, true, key, step);
  const float loss =
      state_->loss(targets, rows, state_->of(state_->flow, rows * state_->layers.back().units));
  state_->backward(rows, key, step);
  return loss;
}

std::span<const float> Network::infer(std::size_t rows) {
  state_->forward(rows, false, random::Key(0), 0);
  const Layer& output = state_->layers.back();
  return state_->of(output.value, rows * output.units);
}

float Network::loss(const Targets& targets, std::size_t rows) {
  return state_->loss(targets, rows, {});
}

}  // namespace rondo::nn
