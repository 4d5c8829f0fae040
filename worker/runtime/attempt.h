// One assignment on its way: a trial trained from an epoch to another, and what of it is told when.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "common/data/prepared.h"
#include "rondo/experiment.pb.h"
#include "rondo/message.pb.h"
#include "worker/kernels/threads.h"
#include "worker/train/trial.h"

namespace rondo::runtime {

// What the attempt asks of the worker that makes it.
struct AttemptHooks {
  std::function<bool()> keep_going;  // called between any two steps; false: stop at once
  // Called after every epoch, and when one was given up; true: stop here, with a checkpoint.
  std::function<bool()> hand_back;
  std::function<void(const proto::ToCoordinator&)> send;
  // After a longer epoch the state is kept, in case that the next one is given up.
  std::chrono::milliseconds long_epoch;
};

class Attempt {
 public:
  // `folds` must outlive the attempt: prepare_folds() for the search, or for the retraining if it is a final
  // one.
  Attempt(std::span<const data::PreparedData> folds, const proto::Experiment& experiment,
          proto::Assign assign, kernels::Threads threads);

  // Trains to the segment's end and reports, unless a hook stops it. Throws what training throws.
  void run(const AttemptHooks& hooks);

 private:
  using Clock = std::chrono::steady_clock;
  void start();
  // Whether a checkpoint of it is of any use.
  [[nodiscard]] bool goes_on() const { return !assign_.final() && !assign_.candidate(); }
  [[nodiscard]] proto::TrialReport& begin_report(proto::ToCoordinator& message);
  void report(const AttemptHooks& hooks, bool segment_done, bool with_checkpoint);
  // The epoch at hand is lost; those before it are not.
  void report_before_given_up(const AttemptHooks& hooks);

  std::span<const data::PreparedData> folds_;
  const proto::Experiment& experiment_;
  proto::Assign assign_;
  kernels::Threads threads_;
  std::optional<train::Trial> trial_;
  proto::TrialReport pending_;
  // A checkpoint and the epochs that it comes after; only where epochs are long.
  std::optional<std::pair<std::uint32_t, std::string>> before_epoch_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point reported_ = Clock::now();
  Clock::time_point kept_ = Clock::now();
};

}  // namespace rondo::runtime
