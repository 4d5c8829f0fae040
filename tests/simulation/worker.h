// A simulated rank: what worker/runtime does with an assignment, without the training. It starts at the
// checkpoint that it is given, or from the trial's start, and reports every epoch since, together or one by
// one. Its owner says when an epoch is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/schedule/core.h"
#include "tests/simulation/case.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/workload.h"

namespace rondo::simulation {

// Of one epoch of a trial on a rank of speed 100, without noise.
[[nodiscard]] std::uint64_t time_of_epoch(const Case& simulation, TrialId trial,
                                          const std::string& architecture);

class Worker {
 public:
  Worker(RankId rank, const Workload& workload, const Case& simulation, Chance& chance);

  [[nodiscard]] RankId rank() const { return rank_; }
  [[nodiscard]] bool busy() const { return current_.has_value(); }
  // Changes with every epoch that begins or is broken off.
  [[nodiscard]] std::uint64_t ticket() const { return ticket_; }

  // The newest assignment counts, as soon as the one at hand is done or abandoned. `checkpoint` is 0 when the
  // kept one could not be read.
  void assign(const schedule::AssignCommand& command, Epoch checkpoint);
  void abandon(schedule::AssignmentId assignment);
  // How long the epoch at hand takes. The worker must be busy.
  [[nodiscard]] std::uint64_t epoch_time();
  // The epoch at hand is over. The report that is sent, if any.
  [[nodiscard]] std::optional<schedule::ResultArrived> finish_epoch();
  // The attempt fails.
  [[nodiscard]] schedule::AttemptFailed fail();
  // Told to leave: what is trained, with a checkpoint.
  [[nodiscard]] std::optional<schedule::ResultArrived> hand_back();

 private:
  struct Current {
    schedule::AssignCommand command;
    Truth truth;
    std::uint64_t time = 1;  // of an epoch
    std::uint32_t done = 0;
    std::vector<schedule::EpochResult> pending;
  };

  void begin();
  [[nodiscard]] schedule::ResultArrived report(bool with_checkpoint);

  RankId rank_;
  const Workload& workload_;
  const Case& simulation_;
  Chance& chance_;
  std::uint64_t speed_;  // percent; 100 is the fastest
  std::uint64_t ticket_ = 0;
  std::optional<schedule::AssignCommand> next_;
  std::optional<Current> current_;
};

}  // namespace rondo::simulation
