// The simulated cluster: ranks, messages and a disk around a real schedule::Core, in a time of its own,
// driven by a seed. It feeds the core as coordinator/runtime does and disturbs everything that may vary in a
// real run.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/schedule/core.h"
#include "tests/simulation/case.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/checkers.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/reference.h"
#include "tests/simulation/worker.h"
#include "tests/simulation/workload.h"

namespace rondo::simulation {

// What a simulation went through, for statistics.
struct Tally {
  std::uint64_t events = 0;
  std::uint64_t records = 0;
  std::uint64_t deaths = 0;
  std::uint64_t launches = 0;
  std::uint64_t faults = 0;
  std::uint64_t makespan = 0;  // time until the search's end
  std::uint64_t trained = 0;   // the ranks' time on whole epochs
  std::uint64_t useful = 0;    // what the committed epochs take on ranks of speed 100, each counted once
};

enum class Checks : std::uint8_t {
  all,
  cheap,  // not those that look at every trial after every event
};

class Cluster {
 public:
  explicit Cluster(const Case& simulation, Checks checks = Checks::all);
  // To the search's end. Throws Violation.
  Tally run();

 private:
  using Time = std::uint64_t;
  struct Rank {
    std::unique_ptr<Worker> worker;
    bool alive = true;       // the process
    bool given_up = false;   // by the coordinator
    Time last_up = 0;        // delivery of the newest message to the coordinator
    Time last_down = 0;      // and to the rank
    std::uint64_t sent = 0;  // reports, in order; a death loses those behind `arrives`
    std::uint64_t arrives = ~std::uint64_t{0};
  };
  enum class Disturbance : std::uint8_t { death, silence, crash, pause };

  // --- launches
  void plan_disturbances();
  void launch();
  void restart(bool crashed);
  void ask_for_pause();
  void extend();

  // --- ranks and messages
  void add_rank(Time delay);
  void train(RankId rank);
  void epoch_over(RankId rank, Time took);
  void send(Rank& rank, schedule::Event event);
  [[nodiscard]] schedule::Event stored(schedule::ResultArrived report);
  void rank_dies();
  void rank_falls_silent();
  [[nodiscard]] std::optional<RankId> any_rank();

  void add_up();

  // --- the core
  void deliver(schedule::Event event);
  void step(const schedule::Event& event);
  void carry_out(schedule::Ready ready, bool restoring);
  void carry_out(const schedule::AssignCommand& command);
  void carry_out(const schedule::AbandonCommand& command);
  void check_fault(const schedule::Ready& ready, bool differs) const;
  void disturb();

  void happen();
  void at(Time time, std::function<void()> action);
  [[nodiscard]] Time delay() { return 1 + network_.between(0, simulation_.disturbers.most_delay); }

  Case simulation_;
  Checks checks_;
  Workload workload_;
  std::uint64_t trials_;
  Reference reference_;
  Chance network_;
  Chance compute_;
  Chance misfortune_;
  Chance order_;

  Disk disk_;
  std::unique_ptr<schedule::Core> core_;
  std::optional<JournalChecker> journal_;
  std::optional<ProgressChecker> progress_;
  std::optional<Account> account_;

  Time now_ = 0;
  std::map<std::pair<Time, std::uint64_t>, std::function<void()>> agenda_;
  std::uint64_t arranged_ = 0;
  std::map<RankId, Rank> ranks_;
  std::deque<schedule::Event> events_;
  std::multimap<std::uint64_t, Disturbance> disturbances_;  // by the number of events before
  std::uint32_t lies_ = 0;
  bool sync_planned_ = false;
  bool faulted_ = false;
  Tally tally_;
};

}  // namespace rondo::simulation
