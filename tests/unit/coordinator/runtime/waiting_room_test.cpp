#include "coordinator/runtime/waiting_room.h"

#include <gtest/gtest.h>

#include "common/transport/in_process.h"
#include "rondo/message.pb.h"

namespace rondo::runtime {
namespace {

proto::ToWorker received(transport::Transport& transport) {
  proto::ToWorker message;
  const auto arrived = transport.receive();
  if (!arrived || arrived->from != RankId(0) || !message.ParseFromString(arrived->bytes)) {
    ADD_FAILURE() << "nothing arrived";
  }
  return message;
}

TEST(WaitingRoom, TellsEveryWorkerThatTheCoordinatorLives) {
  const auto ends = transport::make_in_process(3);
  keep_waiting(*ends[0]);
  for (const std::size_t worker : {1U, 2U}) EXPECT_TRUE(received(*ends[worker]).has_heartbeat());
}

TEST(WaitingRoom, SendsEverybodyHomeWithTheExitCode) {
  const auto ends = transport::make_in_process(3);
  dismiss(*ends[0], "no such file", ExitCode::usage);
  for (const std::size_t worker : {1U, 2U}) {
    const proto::ToWorker message = received(*ends[worker]);
    EXPECT_EQ(message.shutdown().exit_code(), 2U);
    EXPECT_TRUE(message.shutdown().everybody_leaves());
    EXPECT_EQ(message.shutdown().reason(), "no such file");
  }
}

}  // namespace
}  // namespace rondo::runtime
