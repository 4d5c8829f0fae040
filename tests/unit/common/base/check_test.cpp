#include "common/base/check.h"

#include <gtest/gtest.h>

#include <csignal>

namespace rondo {
namespace {

TEST(CheckDeathTest, PrintsThePlaceTheConditionAndTheValues) {
  const int lane = 3;
  EXPECT_DEATH(RONDO_CHECK(lane > 4, "lane {} of {}", lane, 5),
               "internal error at .*check_test.cpp:[0-9]+: lane > 4 does not hold: lane 3 of 5");
  EXPECT_DEATH(RONDO_CHECK(lane == 4), "lane == 4 does not hold\n");
}

TEST(CheckDeathTest, Aborts) {
  EXPECT_EXIT(RONDO_CHECK(false), ::testing::KilledBySignal(SIGABRT), "");
}

TEST(Check, EvaluatesTheConditionOnceAndTheValuesOnlyToPrintThem) {
  int conditions = 0;
  int values = 0;
  RONDO_CHECK(++conditions == 1, "{}", ++values);
  EXPECT_EQ(conditions, 1);
  EXPECT_EQ(values, 0);
}

// One statement, whatever stands around it.
TEST(Check, IsOneStatement) {
  bool other = false;
  if (false)
    RONDO_CHECK(true);
  else
    other = true;
  EXPECT_TRUE(other);
}

}  // namespace
}  // namespace rondo
