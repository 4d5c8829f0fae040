#include "common/transport/in_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace rondo::transport {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Generous: reached only by a message that is lost.
constexpr milliseconds forever{20'000};

Message next(Transport& transport) {
  const auto deadline = std::chrono::steady_clock::now() + forever;
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto message = transport.receive()) return *message;
    transport.wait(microseconds(10'000));
  }
  ADD_FAILURE() << "no message came";
  return {};
}

TEST(InProcess, KnowsItsPlace) {
  const auto ranks = make_in_process(3);
  ASSERT_EQ(ranks.size(), 3U);
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    EXPECT_EQ(ranks[rank]->rank(), RankId(rank));
    EXPECT_EQ(ranks[rank]->size(), 3U);
  }
}

TEST(InProcess, NothingArrivesWhereNothingWasSent) {
  const auto ranks = make_in_process(2);
  ranks[0]->send(RankId(1), "to one");
  EXPECT_FALSE(ranks[0]->receive());
  ranks[0]->wait(microseconds(100));
  EXPECT_FALSE(ranks[0]->receive());
}

TEST(InProcess, KeepsTheOrderOfEverySender) {
  constexpr std::uint64_t messages = 2'000;
  auto ranks = make_in_process(4);
  std::vector<std::jthread> senders;
  for (std::uint32_t rank = 1; rank < 4; ++rank) {
    senders.emplace_back([&transport = *ranks[rank]] {
      for (std::uint64_t number = 0; number < messages; ++number)
        transport.send(RankId(0), std::to_string(number));
    });
  }
  std::vector<std::uint64_t> expected(4, 0);
  for (std::uint64_t count = 0; count < 3 * messages; ++count) {
    const Message message = next(*ranks[0]);
    ASSERT_EQ(message.bytes, std::to_string(expected[message.from.value()]++));
  }
  EXPECT_FALSE(ranks[0]->receive());
}

TEST(InProcess, CarriesEveryByteAndAnEmptyMessage) {
  const auto ranks = make_in_process(2);
  std::string bytes(1U << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 3U);
  ranks[1]->send(RankId(0), bytes);
  ranks[1]->send(RankId(0), "");
  EXPECT_EQ(next(*ranks[0]).bytes, bytes);
  EXPECT_EQ(next(*ranks[0]).bytes, "");
}

TEST(InProcess, IgnoresWhoWasGivenUp) {
  const auto ranks = make_in_process(3);
  ranks[1]->send(RankId(0), "before");
  ranks[0]->give_up(RankId(1));
  ranks[1]->send(RankId(0), "after");
  ranks[2]->send(RankId(0), "the other");
  EXPECT_EQ(next(*ranks[0]).bytes, "the other");
  EXPECT_FALSE(ranks[0]->receive());
  ranks[0]->send(RankId(1), "vanishes");
  EXPECT_FALSE(ranks[1]->receive());
}

TEST(InProcess, WhatWasSentBeforeClosingArrives) {
  auto ranks = make_in_process(2);
  ranks[1]->send(RankId(0), "last word");
  ranks[1]->close(milliseconds(0));
  ranks[1]->send(RankId(0), "too late");
  ranks[1].reset();
  ranks[0]->send(RankId(1), "to nobody");
  EXPECT_EQ(next(*ranks[0]).bytes, "last word");
  EXPECT_FALSE(ranks[0]->receive());
}

TEST(InProcess, WaitEndsWhenAMessageComes) {
  const auto ranks = make_in_process(2);
  std::jthread sender([&transport = *ranks[1]] { transport.send(RankId(0), "wake up"); });
  // Without the wake-up this test would take the whole of `forever`, and fail by the suite's time limit.
  while (!ranks[0]->receive()) ranks[0]->wait(forever);
}

}  // namespace
}  // namespace rondo::transport
