#include "worker/train/predictor.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/versions.h"
#include "common/data/preprocess.h"
#include "common/experiment/canonical.h"
#include "common/metrics/metrics.h"
#include "common/numerics/floating_point_mode.h"
#include "worker/nn/network.h"
#include "worker/train/evaluation.h"
#include "worker/train/weights.h"

namespace rondo::train {

namespace {

// A sum of weights, and its product with a probability, then are exact.
constexpr std::uint32_t most_weight = 1'000;

ProblemShape shape_of(const proto::Model& model) {
  const proto::FittedTarget& target = model.preprocessing().target();
  ProblemShape shape;
  shape.inputs = data::input_width(model.preprocessing());
  shape.training_rows = 1;  // not known any more; no prediction depends on it
  switch (target.task()) {
    case proto::TASK_BINARY:
      if (target.labels_size() != 2) {
        throw_corrupt("model: a binary target with {} labels; use an undamaged copy", target.labels_size());
      }
      shape.outputs = 1;
      break;
    case proto::TASK_MULTICLASS:
      if (target.labels_size() < 2) {
        throw_corrupt("model: a target with {} classes; use an undamaged copy", target.labels_size());
      }
      shape.outputs = static_cast<std::uint64_t>(target.labels_size());
      break;
    case proto::TASK_REGRESSION:
      shape.outputs = 1;
      break;
    default:
      throw_corrupt("model: its target has no task; use an undamaged copy");
  }
  if (shape.inputs == 0) throw_corrupt("model: it has no input columns; use an undamaged copy");
  const proto::Image& image = model.preprocessing().image();
  shape.image = {image.height(), image.width(), image.channels()};
  if (model.preprocessing().has_image() &&
      (!shape.image.exists() || shape.image.width == 0 || shape.image.channels == 0 ||
       shape.inputs % (shape.image.height * shape.image.width) != 0 ||
       shape.inputs / (shape.image.height * shape.image.width) != shape.image.channels)) {
    throw_corrupt("model: {} inputs are no image of {} x {} x {}; use an undamaged copy", shape.inputs,
                  shape.image.height, shape.image.width, shape.image.channels);
  }
  return shape;
}

// The tensors' bytes are compared with the shapes before memory of that size is taken.
void check_tensors(const proto::Network& network, const ProblemShape& shape) {
  static_cast<void>(
      parse_architecture(canonical_bytes(network.architecture())));  // refuses what no sampler proposes
  if (!network.architecture().convolutions().empty() && !shape.image.exists()) {
    throw_corrupt("model: convolutions of rows that are no images; use an undamaged copy");
  }
  const std::vector<nn::TensorSpec> specs = nn::canonical_tensors(network.architecture(), shape);
  if (static_cast<std::size_t>(network.tensors_size()) != specs.size()) {
    throw_corrupt("model: it has {} tensors where its architecture has {}; use an undamaged copy",
                  network.tensors_size(), specs.size());
  }
  for (std::size_t id = 0; id < specs.size(); ++id) {
    check_tensor(network.tensors(static_cast<int>(id)), specs[id]);
  }
}

void check_networks(const proto::Model& model) {
  const ProblemShape shape = shape_of(model);
  if (model.networks_size() == 0) throw_corrupt("model: it has no network; use an undamaged copy");
  const bool weighted = model.networks(0).weight() > 0;
  for (const proto::Network& network : model.networks()) {
    check_tensors(network, shape);
    if ((network.weight() > 0) != weighted || network.weight() > most_weight) {
      throw_corrupt("model: a network's weight is {}, the first one's {}; use an undamaged copy",
                    network.weight(), model.networks(0).weight());
    }
  }
}

std::vector<nn::Network> networks_of(const proto::Model& model, const kernels::Threads& threads) {
  check_networks(model);
  const ProblemShape shape = shape_of(model);
  std::vector<nn::Network> networks;
  for (const proto::Network& stored : model.networks()) {
    networks.emplace_back(stored.architecture(), shape, model.preprocessing().target().task(),
                          nn::Room{.rows = evaluation_rows, .threads = threads});
    from_model(stored, networks.back());
  }
  return networks;
}

}  // namespace

struct Predictor::State {
  proto::FittedTarget target;
  std::size_t inputs;
  std::vector<nn::Network> networks;
  std::vector<std::uint32_t> weights;  // of each
};

Predictor::Predictor(const proto::Model& model, const kernels::Threads& threads)
    : state_(std::make_unique<State>(State{model.preprocessing().target(),
                                           static_cast<std::size_t>(data::input_width(model.preprocessing())),
                                           networks_of(model, threads),
                                           {}})) {
  for (const proto::Network& network : model.networks())
    state_->weights.push_back(std::max(network.weight(), 1U));
}
Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

Predictions Predictor::predict(const data::Part& part) {
  RONDO_CHECK(part.inputs.size() == part.rows * state_->inputs, "{} inputs for {} rows of {}",
              part.inputs.size(), part.rows, state_->inputs);
  numerics::set_floating_point_mode();
  Predictions predictions;
  make_room(state_->target, part.rows, predictions);
  Batch batch(part, state_->inputs, evaluation_rows);
  PredictionSum sum(predictions);
  for (std::size_t i = 0; i < state_->networks.size(); ++i) {
    const bool whole = evaluate_part(
        state_->networks[i], part, batch, state_->target, [] { return true; }, predictions, nullptr);
    RONDO_CHECK(whole);
    sum.add(predictions, state_->weights[i]);
  }
  sum.mean(predictions);
  return predictions;
}

std::string model_bytes(const proto::Model& model) {
  return canonical_serialize(model);
}

proto::Model parse_model(std::string_view bytes) {
  proto::Model model;
  parse_canonical(bytes, model);
  if (model.versions().numerics() != numerics_version) {
    throw_environment(
        "model: made with numerics version {}, this program has version {}; use the release that made it",
        model.versions().numerics(), numerics_version);
  }
  // The last field of the file: without it the file may have been cut there.
  if (model.metric() == proto::METRIC_AUTO) throw_corrupt("model: it names no metric; use an undamaged copy");
  check_networks(model);
  return model;
}

}  // namespace rondo::train
