// rondo doctor: each of its checks can fail.
#include "coordinator/cli/doctor.h"

#include <gmock/gmock.h>

#include <array>
#include <cfenv>
#include <cstdlib>

#include "common/numerics/floating_point_mode.h"
#include "tests/unit/coordinator/cli/small_run.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;
using testing::Said;
using testing::say;

TEST(Doctor, FindsAllTargetsOfThisCpuEqual) {
  for (const Check& check : check_kernels(kernels::available_tables(), "")) {
    EXPECT_TRUE(check.good) << check.name << ": " << check.what;
  }
}

TEST(Doctor, NamesTheTargetWhoseBitsDiffer) {
  kernels::KernelTable broken = *kernels::available_tables().front();
  broken.name = "broken";
  broken.relu = broken.tanh;
  const std::array<const kernels::KernelTable*, 2> tables = {kernels::available_tables().front(), &broken};
  const std::vector<Check> checks = check_kernels(tables, "");
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_TRUE(checks[0].good);
  EXPECT_FALSE(checks[1].good);
  EXPECT_THAT(checks[1].what, HasSubstr("broken give different bits"));
}

TEST(Doctor, SaysThatATargetIsNotThere) {
  const std::vector<Check> checks = check_kernels(kernels::available_tables(), "vax");
  EXPECT_FALSE(checks[0].good);
  EXPECT_THAT(checks[0].what, HasSubstr("'vax'"));
}

TEST(Doctor, NoticesAForeignFloatingPointMode) {
  std::fesetround(FE_UPWARD);
  const std::vector<Check> checks = check_program();
  numerics::set_floating_point_mode();
  bool noticed = false;
  for (const Check& check : checks) noticed = noticed || !check.good;
  EXPECT_TRUE(noticed);
}

TEST(Doctor, PrintsALineForEachCheckAndTheTargetInUse) {
  World world;
  const Said said = say([&] { return doctor_command({}, world); });
  EXPECT_EQ(said.code, ExitCode::done);
  EXPECT_THAT(said.out, HasSubstr("ok     numerics"));
  EXPECT_THAT(said.out, HasSubstr(kernels::available_tables().back()->name));
  const std::string_view forced = kernels::available_tables().front()->name;
  setenv("RONDO_TARGET", std::string(forced).c_str(), 1);
  const Said with_target = say([&] { return doctor_command({.json = true}, world); });
  unsetenv("RONDO_TARGET");
  EXPECT_EQ(with_target.json().at("good"), true);
  EXPECT_THAT(with_target.err, HasSubstr(std::string(forced) + ", as RONDO_TARGET says"));
}

}  // namespace
}  // namespace rondo::cli
