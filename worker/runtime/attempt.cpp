#include "worker/runtime/attempt.h"

#include <utility>

#include "common/base/error.h"
#include "worker/train/predictor.h"

namespace rondo::runtime {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Attempt::Attempt(std::span<const data::PreparedData> folds, const proto::Experiment& experiment,
                 proto::Assign assign, kernels::Threads threads)
    : folds_(folds), experiment_(experiment), assign_(std::move(assign)), threads_(std::move(threads)) {}

void Attempt::start() {
  train::TrialSpec spec;
  spec.seed = MasterSeed(experiment_.search().seed());
  spec.trial = TrialId(assign_.trial());
  spec.final = assign_.final();
  spec.architecture = assign_.architecture();
  spec.training = experiment_.training();
  spec.last_epoch = Epoch(assign_.last_epoch());
  trial_.emplace(folds_, spec, threads_);
  if (assign_.checkpoint().empty()) return;
  try {
    trial_->restore(assign_.checkpoint());
  } catch (const Error& error) {
    // A cache's content: without it the trial is trained from its start, to the same bits.
    if (error.code() != ErrorCode::corrupt) throw;
  }
  assign_.clear_checkpoint();
  // One that lies behind the first missing epoch, or at the trial's end, would leave a gap in the reports.
  if (trial_->epochs_done().value() >= assign_.first_epoch() || trial_->end())
    trial_.emplace(folds_, spec, threads_);
}

void Attempt::run(const AttemptHooks& hooks) {
  start();
  while (!trial_->end() && trial_->epochs_done().value() < assign_.last_epoch()) {
    const auto epoch_started = Clock::now();
    std::optional<proto::EpochResult> result = trial_->train_epoch(hooks.keep_going);
    if (!result) {
      if (hooks.hand_back()) report_before_given_up(hooks);
      return;
    }
    *pending_.add_epochs() = std::move(*result);
    const bool segment_done =
        trial_->end().has_value() || trial_->epochs_done().value() >= assign_.last_epoch();
    if (segment_done) break;
    if (hooks.hand_back()) {
      report(hooks, false, true);
      return;
    }
    const proto::Execution& execution = experiment_.execution();
    const bool keep = seconds_since(kept_) >= execution.checkpoint_seconds();
    if (keep || seconds_since(reported_) >= execution.report_seconds()) report(hooks, false, keep);
    before_epoch_.reset();
    if (goes_on() && Clock::now() - epoch_started > hooks.long_epoch)
      before_epoch_.emplace(trial_->epochs_done().value(), trial_->checkpoint());
  }
  report(hooks, true, !trial_->end().has_value());
}

proto::TrialReport& Attempt::begin_report(proto::ToCoordinator& message) {
  proto::TrialReport& report = *message.mutable_report();
  report = std::move(pending_);
  pending_.Clear();
  report.set_assignment(assign_.assignment());
  report.set_trial(assign_.trial());
  report.set_seconds(seconds_since(started_));
  return report;
}

void Attempt::report_before_given_up(const AttemptHooks& hooks) {
  // Without one the trial is where the assignment found it: its first epoch here was given up, or its epochs
  // are so short that none is ever given up.
  if (!before_epoch_) return;
  proto::ToCoordinator message;
  proto::TrialReport& report = begin_report(message);
  report.set_checkpoint_epoch(before_epoch_->first);
  report.set_checkpoint(std::move(before_epoch_->second));
  hooks.send(message);
}

void Attempt::report(const AttemptHooks& hooks, bool segment_done, bool with_checkpoint) {
  proto::ToCoordinator message;
  proto::TrialReport& report = begin_report(message);
  report.set_segment_done(segment_done);
  if (trial_->end()) *report.mutable_end() = *trial_->end();
  if (with_checkpoint && goes_on()) {
    report.set_checkpoint_epoch(trial_->epochs_done().value());
    report.set_checkpoint(trial_->checkpoint());
    kept_ = Clock::now();
  }
  if (assign_.final() && trial_->end() && trial_->end()->best_epoch() > 0) {
    report.set_model(train::model_bytes(trial_->model()));
  }
  // One that diverged differs from the journal, and its epochs show it.
  const bool sound = !trial_->end() || trial_->end()->outcome() == proto::OUTCOME_COMPLETED;
  if (assign_.candidate() && segment_done && sound) {
    report.mutable_candidate()->set_values(trial_->validation_predictions());
    report.mutable_candidate()->set_weights_digest(to_bytes(trial_->best_digest()));
  }
  hooks.send(message);
  reported_ = Clock::now();
}

}  // namespace rondo::runtime
