#include "tests/simulation/worker.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "tests/simulation/networks.h"

namespace rondo::simulation {

std::uint64_t time_of_epoch(const Case& simulation, TrialId trial, const std::string& architecture) {
  const std::uint64_t ticks = ticks_of(simulation.workload, architecture);
  const std::uint64_t wrong = simulation.disturbers.mispriced;
  const std::uint64_t percent = 100 - wrong + mix(simulation.workload.seed, trial.value()) % (2 * wrong + 1);
  return ticks * time_of_tick * percent / 100;
}

Worker::Worker(RankId rank, const Workload& workload, const Case& simulation, Chance& chance)
    : rank_(rank),
      workload_(workload),
      simulation_(simulation),
      chance_(chance),
      speed_(100 + chance.between(0, simulation.disturbers.speed_spread)) {}

void Worker::assign(const schedule::AssignCommand& command, Epoch checkpoint) {
  next_ = command;
  next_->checkpoint = checkpoint;
  if (!current_) begin();
}

void Worker::abandon(schedule::AssignmentId assignment) {
  if (next_ && next_->assignment == assignment) next_.reset();
  if (current_ && current_->command.assignment == assignment) {
    current_.reset();
    begin();
  }
}

void Worker::begin() {
  ++ticket_;
  if (!next_) return;
  Current current;
  current.command = *std::exchange(next_, std::nullopt);
  current.truth = workload_.truth(current.command.trial, current.command.architecture);
  current.time = time_of_epoch(simulation_, current.command.trial, current.command.architecture);
  if (chance_.percent(simulation_.disturbers.stragglers)) current.time *= simulation_.disturbers.straggling;
  current.done = current.command.checkpoint.value();
  // Such a checkpoint would leave a gap in the reports.
  if (current.done >= current.command.first_epoch.value()) current.done = 0;
  current_ = std::move(current);
}

std::uint64_t Worker::epoch_time() {
  const std::uint64_t noise = 100 + chance_.between(0, simulation_.disturbers.noise);
  return std::max<std::uint64_t>(1, current_->time * speed_ * noise / 10'000);
}

std::optional<schedule::ResultArrived> Worker::finish_epoch() {
  RONDO_CHECK(current_ && current_->done < current_->truth.epochs.size(), "rank {}", rank_.value());
  ++ticket_;
  current_->pending.push_back(current_->truth.epochs[current_->done]);
  ++current_->done;
  const bool ended = current_->done == current_->truth.epochs.size();
  if (ended || current_->done >= current_->command.last_epoch.value()) {
    schedule::ResultArrived result = report(!ended);
    if (ended) result.end = current_->truth.end;
    result.segment_done = true;
    current_.reset();
    begin();
    return result;
  }
  if (!chance_.percent(simulation_.disturbers.report_single)) return std::nullopt;
  return report(chance_.percent(simulation_.disturbers.checkpoint));
}

schedule::AttemptFailed Worker::fail() {
  RONDO_CHECK(current_, "rank {}", rank_.value());
  const schedule::AttemptFailed failure{rank_, current_->command.assignment};
  current_.reset();
  begin();
  return failure;
}

std::optional<schedule::ResultArrived> Worker::hand_back() {
  if (!current_ || current_->done == 0) return std::nullopt;
  return report(true);
}

schedule::ResultArrived Worker::report(bool with_checkpoint) {
  schedule::ResultArrived result;
  result.rank = rank_;
  result.assignment = current_->command.assignment;
  result.trial = current_->command.trial;
  result.epochs = std::exchange(current_->pending, {});
  if (with_checkpoint) result.checkpoint = Epoch(current_->done);
  return result;
}

}  // namespace rondo::simulation
