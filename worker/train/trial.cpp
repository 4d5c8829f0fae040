#include "worker/train/trial.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/versions.h"
#include "common/experiment/canonical.h"
#include "common/numerics/floating_point_mode.h"
#include "common/random/draws.h"
#include "worker/nn/optimizer.h"
#include "worker/train/checkpoint.h"
#include "worker/train/early_stopping.h"
#include "worker/train/evaluation.h"
#include "worker/train/weights.h"

namespace rondo::train {

namespace {

// The one NaN that leaves this folder: payloads and signs differ between CPUs.
constexpr double canonical_nan = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});

double canonical(double value) {
  return value == value ? value : canonical_nan;
}

bool finite(double value) {
  return value - value == 0;
}

std::size_t batch_rows(const TrialSpec& spec, const data::PreparedData& data) {
  return std::min<std::size_t>(spec.architecture.batch_size(), data.train.rows);
}

nn::Room room(const TrialSpec& spec, const data::PreparedData& data, kernels::Threads threads) {
  nn::Room room;
  room.rows = std::max(batch_rows(spec, data), evaluation_rows);
  room.training = true;
  room.slots = nn::Optimizer::slots(spec.architecture.optimizer());
  room.threads = std::move(threads);
  return room;
}

}  // namespace

struct Trial::State {
  State(const data::PreparedData& prepared, TrialSpec trial_spec, kernels::Threads threads);

  // The rows that an epoch is judged by: without validation rows the training rows, as the network infers
  // them.
  [[nodiscard]] const data::Part& judged() const {
    return data->validation.rows > 0 ? data->validation : data->train;
  }
  [[nodiscard]] std::uint32_t last_epoch() const {
    return spec.final ? spec.last_epoch.value() : spec.training.epochs();
  }
  [[nodiscard]] std::string identity() const;

  // One pass over the training rows: the mean loss, weighted by rows. Nothing when given up.
  std::optional<double> train_rows(const std::function<bool()>& keep_going);
  [[nodiscard]] bool state_is_finite() const;
  // Slot after slot, each over the trainable tensors in canonical order, then what belongs to no tensor.
  [[nodiscard]] std::vector<float> optimizer_state() const;
  void set_optimizer_state(std::span<const float> values);
  [[nodiscard]] Fingerprint fingerprint() const;
  void keep_best() { pack(network, best); }
  void finish(proto::Outcome outcome);
  void diverge(proto::EpochResult& result);

  const data::PreparedData* data;
  TrialSpec spec;
  random::Key key;
  nn::Network network;
  nn::Optimizer optimizer;
  EarlyStopping stopping;
  std::uint32_t epochs_done = 0;
  std::uint32_t steps_done = 0;
  double best_score = canonical_nan;
  std::vector<float> best;  // weights of epoch stopping.state().best_epoch
  std::optional<proto::TrialEnd> end;
  bool given_up = false;
  // relu would swallow a NaN among the inputs that an epoch is judged by.
  bool judged_is_finite = true;

  std::vector<std::uint32_t> order;  // of the training rows in an epoch
  Batch batch;
  Batch judged_batch;
  Predictions predictions;
};

Trial::State::State(const data::PreparedData& prepared, TrialSpec trial_spec, kernels::Threads threads)
    : data(&prepared),
      spec(std::move(trial_spec)),
      key(random::derive_key(spec.seed, spec.final ? random::Domain::final_training : random::Domain::trial,
                             spec.trial)),
      network(spec.architecture, prepared.shape, prepared.task, room(spec, prepared, std::move(threads))),
      optimizer(spec.architecture.optimizer()),
      stopping(spec.training.patience(), spec.training.min_delta()),
      best(packed_size(network.tensors())),
      order(prepared.train.rows),
      batch(prepared.train, prepared.shape.inputs, batch_rows(spec, prepared)),
      judged_batch(judged(), prepared.shape.inputs, evaluation_rows) {
  RONDO_CHECK(data->train.rows > 0 && data->train.rows <= std::numeric_limits<std::uint32_t>::max());
  RONDO_CHECK(last_epoch() > 0, "trial {} has no epochs to train", spec.trial.value());
  const std::uint64_t steps = (data->train.rows - 1) / batch_rows(spec, prepared) + 1;
  if (steps * last_epoch() > std::numeric_limits<std::uint32_t>::max()) {
    throw_bad_input(
        "trial {}: {} epochs of {} steps are more than 2^32 steps; lower training.epochs or raise the batch "
        "size",
        spec.trial.value(), last_epoch(), steps);
  }
  // What a trial may take is said by a formula (`too_large`), and not by what it takes.
  const std::size_t taken = network.bytes() + best.size() * sizeof(float);
  const std::uint64_t allowed = trial_bytes(spec.architecture, data->shape);
  RONDO_CHECK(taken <= allowed, "trial {} takes {} bytes, the formula says {}", spec.trial.value(), taken,
              allowed);
  if (!spec.final) judged_is_finite = all_finite(judged().inputs);
  make_room(data->preprocessing.target(), judged().rows, predictions);
  network.initialize(key);
}

std::optional<double> Trial::State::train_rows(const std::function<bool()>& keep_going) {
  const std::size_t rows = data->train.rows;
  const std::size_t most = batch_rows(spec, *data);
  random::permute(random::Draws(key, random::Stream::shuffle, 0, epochs_done + 1), order);
  double total = 0;
  for (std::size_t first = 0; first < rows; first += most) {
    if (!keep_going()) return std::nullopt;
    const std::size_t count = std::min(most, rows - first);
    batch.gather(std::span(order).subspan(first, count), network);
    const float loss = network.train(batch.targets(), count, key, steps_done);
    if (!finite(loss)) return canonical_nan;
    optimizer.step(network);
    ++steps_done;
    total += static_cast<double>(loss) * static_cast<double>(count);
  }
  return total / static_cast<double>(rows);
}

bool Trial::State::state_is_finite() const {
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    if (!all_finite(network.tensor(id))) return false;
    if (!nn::trainable(network.tensors()[id].kind)) continue;
    for (std::size_t slot = 0; slot < nn::Optimizer::slots(spec.architecture.optimizer()); ++slot) {
      if (!all_finite(network.slot(slot, id))) return false;
    }
  }
  return all_finite(optimizer.products());
}

Fingerprint Trial::State::fingerprint() const {
  Xxh3 hash;
  for (std::size_t id = 0; id < network.tensors().size(); ++id)
    hash.update(std::as_bytes(network.tensor(id)));
  for (std::size_t slot = 0; slot < nn::Optimizer::slots(spec.architecture.optimizer()); ++slot) {
    for (std::size_t id = 0; id < network.tensors().size(); ++id) {
      if (nn::trainable(network.tensors()[id].kind)) hash.update(std::as_bytes(network.slot(slot, id)));
    }
  }
  hash.update(std::as_bytes(optimizer.products()));
  return hash.finish();
}

std::vector<float> Trial::State::optimizer_state() const {
  std::vector<float> values;
  const auto append = [&values](std::span<const float> more) {
    values.insert(values.end(), more.begin(), more.end());
  };
  for (std::size_t slot = 0; slot < nn::Optimizer::slots(spec.architecture.optimizer()); ++slot) {
    for (std::size_t id = 0; id < network.tensors().size(); ++id) {
      if (nn::trainable(network.tensors()[id].kind)) append(network.slot(slot, id));
    }
  }
  append(optimizer.products());
  return values;
}

void Trial::State::set_optimizer_state(std::span<const float> values) {
  for (std::size_t slot = 0; slot < nn::Optimizer::slots(spec.architecture.optimizer()); ++slot) {
    for (std::size_t id = 0; id < network.tensors().size(); ++id) {
      if (!nn::trainable(network.tensors()[id].kind)) continue;
      const std::span<float> to = network.slot(slot, id);
      std::ranges::copy(values.first(to.size()), to.begin());
      values = values.subspan(to.size());
    }
  }
  optimizer.restore_products(values);
}

void Trial::State::finish(proto::Outcome outcome) {
  const EarlyStopping::State& best_so_far = stopping.state();
  end.emplace();
  end->set_outcome(outcome);
  end->set_epochs(epochs_done);
  end->set_best_epoch(best_so_far.best_epoch);
  const bool any = best_so_far.best_epoch > 0;
  end->set_best_score(any ? canonical(best_score) : canonical_nan);
  end->set_best_validation_loss(any && !spec.final ? best_so_far.best_loss : canonical_nan);
  if (any) end->set_weights_digest(to_bytes(weights_digest(network.tensors(), best)));
}

void Trial::State::diverge(proto::EpochResult& result) {
  result.set_train_loss(canonical_nan);
  result.set_validation_loss(canonical_nan);
  result.set_score(canonical_nan);
  finish(proto::OUTCOME_DIVERGED);
}

std::string Trial::State::identity() const {
  Sha256 hash;
  hash.update("rondo checkpoint");
  hash.update_u32(numerics_version).update_u32(seed_scheme_version);
  hash.update_u64(spec.seed.value()).update_u64(spec.trial.value()).update_u32(spec.final ? 1 : 0);
  const std::string architecture = canonical_bytes(spec.architecture);
  hash.update_u64(architecture.size()).update(architecture);
  hash.update_u32(last_epoch());
  if (!spec.final) {
    hash.update_u32(spec.training.patience());
    hash.update_u64(std::bit_cast<std::uint64_t>(spec.training.min_delta()));
  }
  hash.update_u32(static_cast<std::uint32_t>(data->task))
      .update_u32(static_cast<std::uint32_t>(data->metric));
  const ProblemShape& shape = data->shape;
  hash.update_u64(shape.inputs).update_u64(shape.outputs);
  hash.update_u64(shape.image.height).update_u64(shape.image.width).update_u64(shape.image.channels);
  for (const data::Part* part : {&data->train, &data->validation}) {
    hash.update_u64(part->rows);
    Xxh3 content;
    content.update(std::as_bytes(std::span(part->inputs))).update(std::as_bytes(std::span(part->classes)));
    content.update(std::as_bytes(std::span(part->targets)));
    const Fingerprint digest = content.finish();
    hash.update(std::as_bytes(std::span(digest)));
  }
  return to_bytes(hash.finish());
}

Trial::Trial(const data::PreparedData& data, TrialSpec spec, kernels::Threads threads) {
  numerics::set_floating_point_mode();
  state_ = std::make_unique<State>(data, std::move(spec), std::move(threads));
}
Trial::~Trial() = default;
Trial::Trial(Trial&&) noexcept = default;
Trial& Trial::operator=(Trial&&) noexcept = default;

std::optional<proto::EpochResult> Trial::train_epoch(const std::function<bool()>& keep_going) {
  State& state = *state_;
  RONDO_CHECK(!state.end && !state.given_up, "trial {} has ended or was given up", state.spec.trial.value());
  state.given_up = true;  // until the epoch is whole
  numerics::set_floating_point_mode();
  const std::optional<double> train_loss = state.train_rows(keep_going);
  if (!train_loss) return std::nullopt;
  std::optional<proto::EpochResult> result(std::in_place);
  const std::uint32_t epoch = state.epochs_done + 1;
  result->set_epoch(epoch);
  double loss = canonical_nan;
  const bool trained = finite(*train_loss) && state.judged_is_finite && state.state_is_finite();
  if (trained && !state.spec.final &&
      !evaluate_part(state.network, state.judged(), state.judged_batch, state.data->preprocessing.target(),
                     keep_going, state.predictions, &loss)) {
    return std::nullopt;
  }
  numerics::require_floating_point_mode();
  state.network.threads().require_floating_point_mode();
  state.given_up = false;
  state.epochs_done = epoch;
  if (!trained || (!state.spec.final && !finite(loss))) {
    state.diverge(*result);
    return result;
  }
  const double score = state.spec.final
                           ? canonical_nan
                           : canonical(score_of(state.data->metric, state.predictions, state.judged()));
  result->set_train_loss(*train_loss);
  result->set_validation_loss(loss);
  result->set_score(score);
  result->set_fingerprint(to_bytes(state.fingerprint()));
  if (!state.spec.final && state.stopping.observe(epoch, loss)) {
    state.best_score = score;
    state.keep_best();
  }
  if (epoch == state.last_epoch() && state.spec.final) {
    state.stopping.restore({epoch, 0, 0});
    state.keep_best();
  }
  if (epoch == state.last_epoch() || state.stopping.exhausted()) state.finish(proto::OUTCOME_COMPLETED);
  return result;
}

const std::optional<proto::TrialEnd>& Trial::end() const {
  return state_->end;
}

Epoch Trial::epochs_done() const {
  return Epoch(state_->epochs_done);
}

std::string Trial::checkpoint() const {
  const State& state = *state_;
  RONDO_CHECK(!state.given_up, "trial {} was given up within an epoch", state.spec.trial.value());
  CheckpointData data;
  data.identity = state.identity();
  data.epochs_done = state.epochs_done;
  data.steps_done = state.steps_done;
  data.best_epoch = state.stopping.state().best_epoch;
  data.best_loss = state.stopping.state().best_loss;
  data.waited = state.stopping.state().waited;
  data.best_score = state.best_score;
  if (state.end) data.end = canonical_serialize(*state.end);
  data.network.resize(state.best.size());
  pack(state.network, data.network);
  if (data.best_epoch > 0) data.best_network = state.best;
  data.optimizer = state.optimizer_state();
  return encode_checkpoint(data);
}

void Trial::restore(std::string_view checkpoint) {
  State& state = *state_;
  const CheckpointData data = decode_checkpoint(checkpoint);
  if (data.identity != state.identity()) {
    throw_corrupt("checkpoint: it belongs to another trial than {}; the trial starts again",
                  state.spec.trial.value());
  }
  std::optional<proto::TrialEnd> end;
  if (!data.end.empty()) parse_canonical(data.end, end.emplace());
  const std::size_t best_size = data.best_epoch > 0 ? state.best.size() : 0;
  if (data.network.size() != state.best.size() || data.best_network.size() != best_size ||
      data.optimizer.size() != state.optimizer_state().size() || data.epochs_done > state.last_epoch()) {
    throw_corrupt("checkpoint: its content does not fit the network of trial {}; the trial starts again",
                  state.spec.trial.value());
  }
  unpack(data.network, state.network);
  if (data.best_epoch > 0) state.best = data.best_network;
  state.set_optimizer_state(data.optimizer);
  state.epochs_done = data.epochs_done;
  state.steps_done = data.steps_done;
  state.best_score = data.best_score;
  state.stopping.restore({data.best_epoch, data.best_loss, data.waited});
  state.end = std::move(end);
  state.given_up = false;
}

proto::Model Trial::model() const {
  const State& state = *state_;
  RONDO_CHECK(state.stopping.state().best_epoch > 0, "trial {} has no best epoch", state.spec.trial.value());
  proto::Model model;
  proto::Versions& versions = *model.mutable_versions();
  versions.set_journal(journal_version);
  versions.set_numerics(numerics_version);
  versions.set_search(search_version);
  versions.set_seed_scheme(seed_scheme_version);
  *model.mutable_preprocessing() = state.data->preprocessing;
  proto::Network& network = *model.add_networks();
  network.set_trial(state.spec.trial.value());
  *network.mutable_architecture() = state.spec.architecture;
  to_model(state.network.tensors(), state.best, network);
  model.set_metric(state.data->metric);
  return model;
}

}  // namespace rondo::train
