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
#include "common/random/seeds.h"
#include "worker/train/checkpoint.h"
#include "worker/train/early_stopping.h"
#include "worker/train/member.h"

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

std::uint32_t repeats_of(const TrialSpec& spec) {
  return spec.final ? 1 : std::max<std::uint32_t>(1, spec.training.repeats());
}

// Of values that the members gave, in their order. One member's is its value, bit by bit.
double mean(std::span<const double> values) {
  if (values.size() == 1) return values.front();
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

struct Trial::State {
  State(std::span<const data::PreparedData> folds, TrialSpec trial_spec, const kernels::Threads& threads);

  [[nodiscard]] std::uint32_t last_epoch() const {
    return spec.final ? spec.last_epoch.value() : spec.training.epochs();
  }
  [[nodiscard]] std::string identity() const;
  void check_cost() const;

  // Trains and judges every member. False: one of them diverged, and those behind it are not trained. Nothing
  // when given up.
  std::optional<bool> train_members(std::uint32_t epoch, const std::function<bool()>& keep_going);
  [[nodiscard]] Fingerprint fingerprint() const;
  [[nodiscard]] Digest best_digest() const;
  void keep_best() {
    for (Member& member : members) member.keep_best();
  }
  void finish(proto::Outcome outcome);
  void diverge(proto::EpochResult& result);

  std::span<const data::PreparedData> folds;
  TrialSpec spec;
  std::vector<Member> members;  // repeat after repeat, in each the folds in their order
  EarlyStopping stopping;       // on the members' mean
  // What the members gave in this epoch, in their order.
  struct Outcomes {
    std::vector<double> train_losses;
    std::vector<double> losses;
    std::vector<double> scores;
  } outcomes;
  std::uint32_t epochs_done = 0;
  double best_score = canonical_nan;
  std::optional<proto::TrialEnd> end;
  bool given_up = false;
};

Trial::State::State(std::span<const data::PreparedData> prepared, TrialSpec trial_spec,
                    const kernels::Threads& threads)
    : folds(prepared),
      spec(std::move(trial_spec)),
      stopping(spec.training.patience(), spec.training.min_delta()) {
  RONDO_CHECK(!folds.empty() && (!spec.final || folds.size() == 1), "{} folds", folds.size());
  RONDO_CHECK(last_epoch() > 0, "trial {} has no epochs to train", spec.trial.value());
  const auto domain = spec.final ? random::Domain::final_training : random::Domain::trial;
  members.reserve(folds.size() * repeats_of(spec));
  for (std::uint32_t repeat = 0; repeat < repeats_of(spec); ++repeat) {
    for (std::uint32_t fold = 0; fold < folds.size(); ++fold) {
      const random::Key key = random::derive_key(spec.seed, domain, spec.trial, fold, repeat);
      members.emplace_back(folds[fold], spec.architecture, key, threads);
    }
  }
  check_cost();
}

void Trial::State::check_cost() const {
  std::size_t taken = 0;
  for (const Member& member : members) {
    const std::uint64_t steps = member.steps_of_an_epoch();
    if (steps * last_epoch() > std::numeric_limits<std::uint32_t>::max()) {
      throw_bad_input(
          "trial {}: {} epochs of {} steps are more than 2^32 steps; lower training.epochs or raise the "
          "batch "
          "size",
          spec.trial.value(), last_epoch(), steps);
    }
    taken += member.bytes();
  }
  // What a trial may take is said by a formula (`too_large`), and not by what it takes.
  const std::uint64_t allowed = trial_bytes(spec.architecture, data::trial_shape(folds, repeats_of(spec)));
  RONDO_CHECK(taken <= allowed, "trial {} takes {} bytes, the formula says {}", spec.trial.value(), taken,
              allowed);
}

std::optional<bool> Trial::State::train_members(std::uint32_t epoch,
                                                const std::function<bool()>& keep_going) {
  for (std::vector<double>* values : {&outcomes.train_losses, &outcomes.losses, &outcomes.scores}) {
    values->clear();
    values->reserve(members.size());  // no memory is taken between two steps
  }
  for (Member& member : members) {
    const std::optional<double> train_loss = member.train(epoch, keep_going);
    if (!train_loss) return std::nullopt;
    if (!finite(*train_loss)) return false;
    outcomes.train_losses.push_back(*train_loss);
    if (spec.final) continue;
    const std::optional<Member::Judgement> judgement = member.judge(keep_going);
    if (!judgement) return std::nullopt;
    if (!finite(judgement->loss)) return false;
    outcomes.losses.push_back(judgement->loss);
    outcomes.scores.push_back(judgement->score);
  }
  return true;
}

Fingerprint Trial::State::fingerprint() const {
  if (members.size() == 1) return members.front().fingerprint();
  Xxh3 hash;
  for (const Member& member : members) {
    const Fingerprint one = member.fingerprint();
    hash.update(std::as_bytes(std::span(one)));
  }
  return hash.finish();
}

Digest Trial::State::best_digest() const {
  if (members.size() == 1) return members.front().best_digest();
  Sha256 hash;
  for (const Member& member : members) hash.update(to_bytes(member.best_digest()));
  return hash.finish();
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
  if (any) end->set_weights_digest(to_bytes(best_digest()));
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
  hash.update_u64(folds.size()).update_u32(repeats_of(spec));
  for (const data::PreparedData& fold : folds) {
    hash.update_u32(static_cast<std::uint32_t>(fold.task))
        .update_u32(static_cast<std::uint32_t>(fold.metric));
    const ProblemShape& shape = fold.shape;
    hash.update_u64(shape.inputs).update_u64(shape.outputs);
    hash.update_u64(shape.image.height).update_u64(shape.image.width).update_u64(shape.image.channels);
    for (const data::Part* part : {&fold.train, &fold.validation}) {
      hash.update_u64(part->rows);
      Xxh3 content;
      content.update(std::as_bytes(std::span(part->inputs))).update(std::as_bytes(std::span(part->classes)));
      content.update(std::as_bytes(std::span(part->targets)));
      const Fingerprint digest = content.finish();
      hash.update(std::as_bytes(std::span(digest)));
    }
  }
  return to_bytes(hash.finish());
}

Trial::Trial(std::span<const data::PreparedData> folds, TrialSpec spec, const kernels::Threads& threads) {
  numerics::set_floating_point_mode();
  state_ = std::make_unique<State>(folds, std::move(spec), threads);
}
Trial::Trial(const data::PreparedData& data, TrialSpec spec, const kernels::Threads& threads)
    : Trial(std::span(&data, 1), std::move(spec), threads) {}
Trial::~Trial() = default;
Trial::Trial(Trial&&) noexcept = default;
Trial& Trial::operator=(Trial&&) noexcept = default;

std::optional<proto::EpochResult> Trial::train_epoch(const std::function<bool()>& keep_going) {
  State& state = *state_;
  RONDO_CHECK(!state.end && !state.given_up, "trial {} has ended or was given up", state.spec.trial.value());
  state.given_up = true;  // until the epoch is whole
  numerics::set_floating_point_mode();
  const std::uint32_t epoch = state.epochs_done + 1;
  const std::optional<bool> trained = state.train_members(epoch, keep_going);
  if (!trained) return std::nullopt;
  std::optional<proto::EpochResult> result(std::in_place);
  result->set_epoch(epoch);
  numerics::require_floating_point_mode();
  state.members.front().threads().require_floating_point_mode();
  state.given_up = false;
  state.epochs_done = epoch;
  if (!*trained) {
    state.diverge(*result);
    return result;
  }
  const double loss = state.spec.final ? canonical_nan : mean(state.outcomes.losses);
  const double score = state.spec.final ? canonical_nan : canonical(mean(state.outcomes.scores));
  result->set_train_loss(mean(state.outcomes.train_losses));
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
  data.best_epoch = state.stopping.state().best_epoch;
  data.best_loss = state.stopping.state().best_loss;
  data.waited = state.stopping.state().waited;
  data.best_score = state.best_score;
  if (state.end) data.end = canonical_serialize(*state.end);
  for (const Member& member : state.members) data.members.push_back(member.checkpoint(data.best_epoch > 0));
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
  const bool with_best = data.best_epoch > 0;
  bool fits = data.members.size() == state.members.size() && data.epochs_done <= state.last_epoch();
  for (std::size_t m = 0; fits && m < data.members.size(); ++m)
    fits = state.members[m].fits(data.members[m], with_best);
  if (!fits) {
    throw_corrupt("checkpoint: its content does not fit the network of trial {}; the trial starts again",
                  state.spec.trial.value());
  }
  for (std::size_t m = 0; m < data.members.size(); ++m) state.members[m].restore(data.members[m], with_best);
  state.epochs_done = data.epochs_done;
  state.best_score = data.best_score;
  state.stopping.restore({data.best_epoch, data.best_loss, data.waited});
  state.end = std::move(end);
  state.given_up = false;
}

std::string Trial::validation_predictions() const {
  const State& state = *state_;
  RONDO_CHECK(!state.spec.final && !state.outcomes.scores.empty(), "trial {} has judged no rows",
              state.spec.trial.value());
  std::string bytes;
  const std::size_t repeats = state.members.size() / state.folds.size();
  for (std::size_t fold = 0; fold < state.folds.size(); ++fold) {
    Predictions mean = state.members[fold].predictions();
    PredictionSum sum(mean);
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
      sum.add(state.members[repeat * state.folds.size() + fold].predictions(), 1);
    }
    sum.mean(mean);
    // One of the two is empty.
    for (const std::span<const std::byte> part :
         {std::as_bytes(std::span(mean.probabilities)), std::as_bytes(std::span(mean.values))}) {
      bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
  }
  return bytes;
}

Digest Trial::best_digest() const {
  RONDO_CHECK(state_->stopping.state().best_epoch > 0, "trial {} has no best epoch",
              state_->spec.trial.value());
  return state_->best_digest();
}

proto::Model Trial::model() const {
  const State& state = *state_;
  RONDO_CHECK(state.stopping.state().best_epoch > 0, "trial {} has no best epoch", state.spec.trial.value());
  RONDO_CHECK(state.members.size() == 1, "trial {} has {} networks, each with inputs of its own",
              state.spec.trial.value(), state.members.size());
  proto::Model model;
  proto::Versions& versions = *model.mutable_versions();
  versions.set_journal(journal_version);
  versions.set_numerics(numerics_version);
  versions.set_search(search_version);
  versions.set_seed_scheme(seed_scheme_version);
  *model.mutable_preprocessing() = state.folds.front().preprocessing;
  proto::Network& network = *model.add_networks();
  network.set_trial(state.spec.trial.value());
  *network.mutable_architecture() = state.spec.architecture;
  state.members.front().to_model(network);
  model.set_metric(state.folds.front().metric);
  return model;
}

}  // namespace rondo::train
