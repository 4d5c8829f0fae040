// Messages between the ranks of one run. Nothing here blocks: a message to a dead rank neither completes nor
// fails under Open MPI 4, so nobody ever waits for one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/ids.h"

namespace rondo::transport {

struct Message {
  RankId from;
  std::string bytes;
};

// One endpoint, used by one thread.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  [[nodiscard]] virtual RankId rank() const = 0;
  [[nodiscard]] virtual std::uint32_t size() const = 0;  // ranks, the coordinator included

  // Takes the message and returns at once. Messages from one rank to another arrive in order, or not at all.
  virtual void send(RankId to, std::string bytes) = 0;
  // The next message that has arrived, if any; drives pending sends too.
  [[nodiscard]] virtual std::optional<Message> receive() = 0;
  // Sleeps until a message may be there, at most until `longest` has passed. Backs off as nothing comes;
  // where messages come quickly it may look without sleep for some tens of microseconds.
  virtual void wait(std::chrono::microseconds longest) = 0;
  // Forgets what is still to be sent to `rank` and ignores what comes from it.
  virtual void give_up(RankId rank) = 0;
  // Sends what is pending for at most `longest`, then leaves without waiting for anybody.
  virtual void close(std::chrono::milliseconds longest) = 0;
};

}  // namespace rondo::transport
