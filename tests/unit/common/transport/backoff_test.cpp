#include "common/transport/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace rondo::transport {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Backoff::Time start = Backoff::Time{} + std::chrono::hours(1);

TEST(Backoff, SleepsLongerAsTheSilenceGrows) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(start), microseconds(30));
  EXPECT_EQ(backoff.next(start + microseconds(40)), microseconds(30));
  EXPECT_EQ(backoff.next(start + microseconds(100)), microseconds(50));
  EXPECT_EQ(backoff.next(start + milliseconds(2)), milliseconds(1));
  EXPECT_EQ(backoff.next(start + milliseconds(100)), milliseconds(1));
  EXPECT_EQ(backoff.next(start + milliseconds(500)), milliseconds(5));
  EXPECT_EQ(backoff.next(start + seconds(1)), milliseconds(10));
  EXPECT_EQ(backoff.next(start + seconds(100)), milliseconds(10));
}

TEST(Backoff, SpinsOnlyWhereTheLastMessageCameSoon) {
  Backoff backoff;
  EXPECT_GT(backoff.next(start), microseconds(0));
  backoff.arrived(start + microseconds(199));
  const Backoff::Time soon = start + milliseconds(1);
  EXPECT_EQ(backoff.next(soon), microseconds(0));
  EXPECT_EQ(backoff.next(soon + microseconds(49)), microseconds(0));
  EXPECT_EQ(backoff.next(soon + microseconds(50)), microseconds(30));
  backoff.arrived(soon + microseconds(200));
  EXPECT_EQ(backoff.next(soon + milliseconds(1)), microseconds(30));
}

// Who trains between two messages listens for none of them: its silence begins when it asks.
TEST(Backoff, CountsSilenceFromTheFirstLookInVain) {
  Backoff backoff;
  backoff.arrived(start);
  EXPECT_EQ(backoff.next(start + seconds(9)), microseconds(0));
  backoff.arrived(start + seconds(9) + microseconds(100));
  EXPECT_EQ(backoff.next(start + seconds(20)), microseconds(0));
}

TEST(Backoff, ExpectsAnAnswerToWhatWasSent) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(start), microseconds(30));
  EXPECT_EQ(backoff.next(start + seconds(5)), milliseconds(10));
  backoff.sent();
  EXPECT_EQ(backoff.next(start + seconds(5)), microseconds(30));
}

// A worker without work hears a sign of life every few seconds.
TEST(Backoff, LooksRarelyInALongSilence) {
  Backoff backoff;
  Backoff::Time now = start;
  int looks = 0;
  for (; now < start + seconds(5); ++looks) {
    const Backoff::Duration sleep = backoff.next(now);
    ASSERT_GT(sleep, microseconds(0));
    ASSERT_LE(sleep, std::max<Backoff::Duration>(milliseconds(1), (now - start) / 100));
    now += sleep;
  }
  EXPECT_LT(looks, 800);
}

}  // namespace
}  // namespace rondo::transport
