#include "common/numerics/floating_point_mode.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <limits>
#include <string>
#include <thread>

#include "common/base/error.h"

namespace rondo::numerics {
namespace {

class FloatingPointMode : public ::testing::Test {
 protected:
  ~FloatingPointMode() override { set_floating_point_mode(); }
};

TEST_F(FloatingPointMode, IsRoundToNearestWithDenormals) {
  std::fesetround(FE_UPWARD);
  EXPECT_FALSE(in_floating_point_mode());
  set_floating_point_mode();
  EXPECT_TRUE(in_floating_point_mode());
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  volatile float smallest = std::numeric_limits<float>::min();
  EXPECT_GT(smallest / 2.0F, 0.0F);
}

TEST_F(FloatingPointMode, IsRequiredWithAMessageThatSaysWhatToDo) {
  set_floating_point_mode();
  EXPECT_NO_THROW(require_floating_point_mode());
  std::fesetround(FE_DOWNWARD);
  try {
    require_floating_point_mode();
    ADD_FAILURE() << "not noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::environment);
    EXPECT_NE(std::string(error.what()).find("floating-point mode"), std::string::npos);
  }
}

TEST_F(FloatingPointMode, WhatHasHappenedIsNoMode) {
  set_floating_point_mode();
  volatile float one = 1.0F;
  volatile float third = one / 3.0F;  // inexact
  EXPECT_GT(third, 0.0F);
  EXPECT_TRUE(in_floating_point_mode());
}

TEST_F(FloatingPointMode, GoesToTheThreadsThatAreStarted) {
  set_floating_point_mode();
  bool inherited = false;
  std::thread([&] { inherited = in_floating_point_mode(); }).join();
  EXPECT_TRUE(inherited);
}

#if defined(__x86_64__)
TEST_F(FloatingPointMode, NoticesFlushToZeroAndDenormalsAreZero) {
  for (const unsigned flag : {0x8000U, 0x0040U}) {
    set_floating_point_mode();
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | flag);
    EXPECT_FALSE(in_floating_point_mode()) << flag;
  }
}
#endif

}  // namespace
}  // namespace rondo::numerics
