// A worker's line to the coordinator: messages, signs of life in both directions, and how long it has been
// silent.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/transport/listening_clock.h"
#include "common/transport/process.h"
#include "common/transport/transport.h"
#include "rondo/message.pb.h"

namespace rondo::runtime {

class Link {
 public:
  // `silence` is how long the coordinator may be silent, until set_rank_timeout().
  Link(transport::Transport& transport, std::chrono::milliseconds silence);

  // From now on `timeout` counts, and a heartbeat goes out when nothing else did for a sixth of it.
  void set_rank_timeout(std::chrono::milliseconds timeout);

  // The coordinator's process, when it said so: on the same host its death is seen at once.
  void watch(const std::string& host, std::uint32_t process);

  void send(const proto::ToCoordinator& message);
  // The next message but heartbeats, if any has arrived. Sends a heartbeat when it is due.
  [[nodiscard]] std::optional<proto::ToWorker> poll();
  // The same, but looks at the clock alone when the last look at the messages was less than half a
  // millisecond ago: cheap enough to be called between any two steps of training.
  [[nodiscard]] std::optional<proto::ToWorker> poll_sometimes();
  // Sleeps until something may have arrived or is to be sent, at most for `longest`.
  void wait(std::chrono::microseconds longest);
  // It was silent for too long, or its process has ended.
  [[nodiscard]] bool coordinator_lost() const { return lost_; }
  // Says goodbye when the coordinator still listens, and closes the transport. Unless everybody leaves
  // normally this lasts until the coordinator has left, two seconds at most: plain mpirun ends the whole job
  // with the first rank that leaves without MPI_Finalize, and the coordinator still has something to say to
  // its user.
  void leave(bool everybody_leaves);

 private:
  using Clock = std::chrono::steady_clock;
  void beat(Clock::time_point now);
  void look_after_coordinator(Clock::time_point now);

  transport::Transport& transport_;
  std::chrono::milliseconds silence_;
  std::chrono::milliseconds beat_every_;
  transport::ListeningClock clock_;
  std::chrono::nanoseconds heard_{0};  // on clock_
  Clock::time_point said_ = Clock::now();
  Clock::time_point polled_{};
  Clock::time_point looked_{};
  std::optional<transport::ProcessWatch> process_;
  bool one_process_ = false;  // the coordinator is a thread of this process
  bool lost_ = false;
};

}  // namespace rondo::runtime
