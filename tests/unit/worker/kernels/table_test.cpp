// The choice among targets, and the self-test that every rank compares.
#include "worker/kernels/table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/base/error.h"
#include "worker/kernels/self_test.h"

namespace rondo::kernels {
namespace {

TEST(Tables, HaveOneThatEveryCpuRunsAndDistinctNames) {
  const auto tables = available_tables();
  ASSERT_FALSE(tables.empty());
  EXPECT_TRUE(std::string(tables.front()->name) == "scalar" || std::string(tables.front()->name) == "neon");
  std::set<std::string> names;
  for (const KernelTable* table : tables) {
    EXPECT_TRUE(names.insert(table->name).second);
    EXPECT_EQ(&table_named(table->name), table);
  }
}

TEST(Tables, NameThoseThatThereAreWhenOneIsUnknown) {
  try {
    (void)table_named("mmx");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(available_tables().front()->name), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("mmx"), std::string::npos) << error.what();
  }
}

TEST(NumericsDigest, IsTheSameOnEveryTarget) {
  const Digest first = numerics_digest(*available_tables().front());
  for (const KernelTable* table : available_tables())
    EXPECT_EQ(numerics_digest(*table), first) << table->name;
  EXPECT_EQ(numerics_digest(), first);
}

// A kernel that is wrong in one element changes it.
TEST(NumericsDigest, SeesASingleWrongKernel) {
  KernelTable wrong = *available_tables().front();
  wrong.log1p = [](std::size_t count, const float* x, float* y) {
    available_tables().front()->log1p(count, x, y);
    if (count > 0) y[count - 1] = -y[count - 1];
  };
  EXPECT_NE(numerics_digest(wrong), numerics_digest());
}

}  // namespace
}  // namespace rondo::kernels
