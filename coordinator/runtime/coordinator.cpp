#include "coordinator/runtime/coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "common/metrics/metrics.h"
#include "coordinator/runtime/restore.h"
#include "coordinator/search/leaderboard.h"

namespace rondo::runtime {

namespace {

constexpr std::chrono::milliseconds longest_wait{20};
// Workers finish the epoch at hand, at most for 1.5 seconds, and answer then.
constexpr std::chrono::seconds longest_farewell{10};
constexpr std::chrono::milliseconds longest_close{2'000};
constexpr int messages_per_turn = 256;

std::chrono::milliseconds rank_timeout(const proto::Experiment& experiment) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(experiment.execution().rank_timeout_seconds() * 1000));
}

}  // namespace

Coordinator::Coordinator(transport::Transport& transport, store::FileSystem& files, store::RunFolder& folder,
                         const search::Proposer& proposer, const search::Stopper& stopper,
                         const DriverOptions& options, const DriverCallbacks& callbacks,
                         const std::atomic<bool>& pause)
    : transport_(transport),
      files_(files),
      folder_(folder),
      options_(options),
      callbacks_(callbacks),
      pause_(pause),
      ranks_(transport, rank_timeout(options.experiment), options.join_timeout),
      table_(options.experiment.data().path()),
      telemetry_(folder),
      core_(options.schedule, proposer, stopper) {}

void Coordinator::run() {
  folder_.write_status({store::RunState::running, 0, {}});
  telemetry_.started(transport_.size());
  restore();
  for (;;) {
    if (final_step()) break;
    turn();
  }
  sync();
}

// The core runs again from its start; the journal compares what it commits with what it holds.
void Coordinator::restore() {
  restoring_ = true;
  carry_out(core_.start(), nullptr);
  for (schedule::ResultRestored& result : restored_results(folder_.journal().stored(), folder_.cache())) {
    step(std::move(result));
  }
  restoring_ = false;
  // A last record that is a report may have had its trial's end behind it: it is trained again to know.
  constexpr std::uint64_t most_open = 1;
  if (folder_.journal().expected() > most_open) {
    throw Error(
        ErrorCode::differs,
        fmt::format("{}: its last {} records don't follow from the results before them; rondo replay names "
                    "what differs",
                    folder_.paths().journal(), folder_.journal().expected()));
  }
  sync();
}

void Coordinator::turn() {
  bool any = false;
  for (int count = 0; count < messages_per_turn; ++count) {
    const auto arrival = ranks_.receive();
    if (!arrival) break;
    handle(*arrival);
    any = true;
  }
  chores();
  assign_errands();
  tell_progress(false);
  if (any || stopped_) return;
  auto longest = longest_wait;
  if (unsynced_since_) {
    const auto waited =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *unsynced_since_);
    longest = std::clamp(options_.group_commit - waited, std::chrono::milliseconds(1), longest_wait);
  }
  transport_.wait(longest);
}

void Coordinator::chores() {
  for (const auto& [rank, why] : ranks_.look_after()) lose(rank, why);
  for (const std::string& warning : folder_.cache().take_warnings()) {
    telemetry_.warning(warning);
    say(warning);
  }
  if (unsynced_since_ && Clock::now() - *unsynced_since_ >= options_.group_commit) sync();
  if (stopped_) return;
  if (pause_.load(std::memory_order_relaxed)) {
    step(schedule::PauseRequested{});
    stop(ExitCode::paused, "paused as asked");
  } else if (options_.pause_at && Clock::now() >= options_.pause_at->at) {
    step(schedule::PauseRequested{});
    stop(ExitCode::paused, options_.pause_at->why);
  } else if (!ranks_.any_hope()) {
    stop(ExitCode::failed, last_refusal_.empty()
                               ? "no worker is left"
                               : fmt::format("no worker is left; the last one: {}", last_refusal_));
  }
}

void Coordinator::sync() {
  if (!unsynced_since_) return;
  folder_.journal().sync();
  unsynced_since_.reset();
}

void Coordinator::stop(ExitCode exit, std::string message) {
  if (stopped_) return;
  stopped_ = true;
  exit_ = exit;
  message_ = std::move(message);
  if (exit != ExitCode::differs)
    message_ += fmt::format("; go on with: rondo resume {}", folder_.paths().folder);
}

void Coordinator::say(const std::string& text) {
  if (callbacks_.message) callbacks_.message(text);
}

// --- the end

void Coordinator::farewell() {
  leaving_ = true;
  const bool done = !stopped_;
  proto::ToWorker message;
  for (std::uint32_t index = 1; index < ranks_.end(); ++index) {
    const RankId rank(index);
    if (!done || !ranks_[rank].assignment || ranks_[rank].state == RankState::lost) continue;
    message.mutable_abandon()->set_assignment(ranks_[rank].assignment->value());
    ranks_.send(rank, message);
  }
  message.mutable_shutdown()->set_reason(message_);
  message.mutable_shutdown()->set_everybody_leaves(ranks_.count(RankState::lost) == 0 && !failed_);
  for (std::uint32_t index = 1; index < ranks_.end(); ++index) {
    if (ranks_[RankId(index)].state != RankState::lost && ranks_[RankId(index)].state != RankState::left) {
      ranks_.send(RankId(index), message);
    }
  }
  const auto everybody_left = [this] { return ranks_.count(RankState::left) + 1 == ranks_.end(); };
  const auto nobody_there = [this] {
    return ranks_.count(RankState::left) + ranks_.count(RankState::lost) + 1 == ranks_.end();
  };
  const auto deadline = Clock::now() + longest_farewell;
  while (!nobody_there() && Clock::now() < deadline) {
    const auto arrival = ranks_.receive();
    if (arrival) {
      handle(*arrival);
      continue;
    }
    for (const auto& [rank, why] : ranks_.look_after()) lose(rank, why);
    transport_.wait(longest_wait);
  }
  everybody_left_ = everybody_left() && !failed_;
  transport_.close(everybody_left_ ? longest_close : std::chrono::milliseconds(100));
  // What was handed back at a pause is worth as much as any other result.
  if (exit_ == ExitCode::paused) sync();
  if (done && exit_ == ExitCode::done) folder_.cache().clear();
  const store::RunState state = exit_ == ExitCode::done     ? store::RunState::done
                                : exit_ == ExitCode::paused ? store::RunState::paused
                                                            : store::RunState::failed;
  telemetry_.ended(static_cast<int>(exit_), message_);
  folder_.write_status({state, static_cast<int>(exit_), message_});
}

void Coordinator::failed(const Error& error) noexcept {
  stopped_ = true;
  failed_ = true;
  exit_ = exit_code(error.code());
  try {
    message_ = error.what();
    unsynced_since_.reset();
  } catch (...) {
  }
}

DriverResult Coordinator::result() const {
  DriverResult result;
  result.exit = exit_;
  result.message = message_;
  result.digest = to_hex(folder_.journal().head());
  result.records = folder_.journal().count();
  result.counts = core_.progress();
  result.workers = accepted_;
  result.workers_lost = ranks_.count(RankState::lost);
  result.workers_refused = refused_;
  result.final_result = final_result_;
  result.everybody_leaves = everybody_left_;
  return result;
}

// --- what people see

void Coordinator::find_best() {
  const search::History& history = core_.history();
  const std::uint64_t judged = history.ended().size() + history.pauses().size();
  if (judged == judged_seen_) return;
  judged_seen_ = judged;
  const bool higher = metrics::higher_is_better(options_.experiment.data().metric());
  const std::vector<TrialId> ranking = search::leaderboard(history, higher);
  if (ranking.empty() || progress_.best == ranking.front()) return;
  const search::TrialRecord& best = history.trial(ranking.front());
  progress_.best = best.id;
  progress_.best_score = best.best_score;
  progress_.best_parameters = best.proposal.parameters;
  progress_.best_architecture = describe(parse_architecture(best.proposal.architecture));
}

void Coordinator::tell_progress(bool always) {
  if (!callbacks_.progress) return;
  const auto now = Clock::now();
  if (!always && now - told_ < options_.progress_interval) return;
  told_ = now;
  find_best();
  progress_.counts = core_.progress();
  progress_.trials = options_.schedule.trials;
  progress_.workers = ranks_.count(RankState::ready);
  progress_.workers_lost = ranks_.count(RankState::lost);
  progress_.selecting = candidates_.has_value();
  progress_.retraining = retraining_.has_value();
  if (candidates_ || retraining_) {
    const Errands& errands = retraining_ ? retraining_->errands() : candidates_->errands();
    progress_.retrained = errands.done();
    progress_.to_retrain = errands.needed();
  }
  callbacks_.progress(progress_);
}

}  // namespace rondo::runtime
