// The ranks that work for the coordinator: what each of them said it is, whether it still lives, what it does
// now.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/transport/listening_clock.h"
#include "common/transport/process.h"
#include "common/transport/transport.h"
#include "coordinator/schedule/core.h"
#include "rondo/message.pb.h"

namespace rondo::runtime {

enum class RankState {
  expected,  // has not said a word yet
  loading,   // was accepted, reads the table
  ready,     // works, or waits for work
  refused,   // does not match, or has no table: kept alive until the end, but without work
  lost,      // silent for too long, or dead; given up for good
  left,      // said goodbye
};

struct WorkerRank {
  RankState state = RankState::expected;
  std::string host;
  std::uint32_t process = 0;
  std::uint32_t threads = 0;  // that it trains with; 0: not known yet
  std::optional<schedule::AssignmentId> assignment;
  TrialId trial;                                        // of the assignment
  std::optional<std::pair<Epoch, Epoch>> trained;       // first and last epoch that it reported of it
  std::chrono::steady_clock::time_point assigned_at{};  // for telemetry
};

// A rank that is to be given up, and why.
struct Gone {
  RankId rank;
  std::string why;
};

struct Arrival {
  RankId from;
  proto::ToCoordinator message;
};

class Ranks {
 public:
  // Every rank of the transport but rank 0, which is the caller.
  Ranks(transport::Transport& transport, std::chrono::milliseconds rank_timeout,
        std::chrono::milliseconds join_timeout);

  [[nodiscard]] std::uint32_t end() const { return transport_.size(); }  // ranks are 1 … end() - 1
  [[nodiscard]] WorkerRank& operator[](RankId rank) { return ranks_[rank.value()].public_part; }
  [[nodiscard]] const WorkerRank& operator[](RankId rank) const { return ranks_[rank.value()].public_part; }
  [[nodiscard]] std::uint32_t count(RankState state) const;
  // A rank is at work, or may still come to it.
  [[nodiscard]] bool any_hope() const;
  // "rank 3 (process 4711 on node7)"
  [[nodiscard]] std::string name(RankId rank) const;

  void send(RankId rank, const proto::ToWorker& message);
  // The next message that can be read and is no mere heartbeat. One that cannot be read counts as a sign of
  // life.
  [[nodiscard]] std::optional<Arrival> receive();
  // On the same host a process's end is seen at once.
  void watch(RankId rank);
  // Sends the heartbeats that are due; returns the ranks that are to be given up now. Call it often.
  [[nodiscard]] std::vector<Gone> look_after();
  void give_up(RankId rank);

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    WorkerRank public_part;
    std::chrono::nanoseconds heard{0};  // on clock_
    Clock::time_point said = Clock::now();
    std::optional<transport::ProcessWatch> process;
  };
  [[nodiscard]] bool alive(RankState state) const;
  // How long a rank in this state may be silent.
  [[nodiscard]] std::chrono::milliseconds patience(RankState state) const;

  transport::Transport& transport_;
  std::chrono::milliseconds rank_timeout_;
  std::chrono::milliseconds join_timeout_;
  std::chrono::milliseconds beat_every_;
  transport::ListeningClock clock_;
  Clock::time_point looked_{};
  std::vector<Entry> ranks_;
};

}  // namespace rondo::runtime
