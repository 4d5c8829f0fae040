#include "coordinator/runtime/waiting_room.h"

#include <chrono>
#include <cstdint>

#include "rondo/message.pb.h"

namespace rondo::runtime {

namespace {

constexpr std::chrono::milliseconds longest_goodbye{2'000};

void tell_everybody(transport::Transport& transport, const proto::ToWorker& message) {
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank) {
    transport.send(RankId(rank), message.SerializeAsString());
  }
}

}  // namespace

void keep_waiting(transport::Transport& transport) {
  proto::ToWorker message;
  message.mutable_heartbeat();
  tell_everybody(transport, message);
}

void dismiss(transport::Transport& transport, const std::string& why, ExitCode exit_code) {
  proto::ToWorker message;
  message.mutable_shutdown()->set_reason(why);
  message.mutable_shutdown()->set_everybody_leaves(true);
  message.mutable_shutdown()->set_exit_code(static_cast<std::uint32_t>(exit_code));
  tell_everybody(transport, message);
  transport.close(longest_goodbye);
}

}  // namespace rondo::runtime
