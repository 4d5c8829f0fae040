#include "worker/kernels/threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/numerics/floating_point_mode.h"

namespace rondo::kernels {
namespace {

TEST(Threads, AreTheCallerAloneByDefault) {
  const Threads threads;
  EXPECT_EQ(threads.count(), 1u);
  EXPECT_EQ(Threads(0).count(), 1u);
  EXPECT_EQ(Threads(1).count(), 1u);
  std::thread::id where;
  threads.run(1, [&](std::size_t) { where = std::this_thread::get_id(); });
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Threads, CallEveryPartOnceEachOnAThreadOfItsOwn) {
  const Threads threads(4);
  for (std::size_t parts = 0; parts <= 4; ++parts) {
    std::vector<std::thread::id> where(4);
    threads.run(parts, [&](std::size_t part) {
      EXPECT_EQ(where[part], std::thread::id());
      where[part] = std::this_thread::get_id();
    });
    const std::set<std::thread::id> different(where.begin(),
                                              where.begin() + static_cast<std::ptrdiff_t>(parts));
    EXPECT_EQ(different.size(), parts);
    EXPECT_TRUE(parts == 0 || where[0] == std::this_thread::get_id());
    for (std::size_t part = parts; part < 4; ++part) EXPECT_EQ(where[part], std::thread::id());
  }
}

TEST(Threads, JoinBeforeTheyReturn) {
  const Threads threads(3);
  std::size_t sums[3] = {};  // not atomic: what one call wrote the next must see
  for (std::size_t i = 1; i <= 2'000; ++i) {
    threads.run(3, [&](std::size_t part) { sums[part] += i; });
    ASSERT_EQ(sums[0] + sums[1] + sums[2], 3 * (i * (i + 1) / 2));
  }
}

TEST(Threads, CopiesShareThemAndTheLastEndsThem) {
  Threads copy;
  {
    const Threads threads(2);
    copy = threads;
  }
  EXPECT_EQ(copy.count(), 2u);
  std::atomic<int> calls = 0;
  copy.run(2, [&](std::size_t) { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST(Threads, SplitCoversEverythingOnceInPiecesThatAreLargeEnough) {
  for (std::size_t count = 1; count <= 8; ++count) {
    const Threads threads(count);
    for (const std::size_t elements :
         {0U, 1U, 2U, 3U, 7U, 8U, 15U, 16U, 17U, 31U, 33U, 63U, 64U, 65U, 127U, 1000U, 1025U}) {
      for (const std::size_t least : {0U, 1U, 5U, 64U, 5000U}) {
        for (const std::size_t granule : {1U, 16U, 64U}) {
          std::vector<std::pair<std::size_t, std::size_t>> ranges(count);
          std::atomic<std::size_t> next = 0;
          threads.split(elements, least, granule, [&](std::size_t first, std::size_t last) {
            ranges[next++] = {first, last};
          });
          ranges.resize(next);
          std::sort(ranges.begin(), ranges.end());
          std::size_t end = 0;
          for (const auto& [first, last] : ranges) {
            ASSERT_EQ(first, end);
            ASSERT_TRUE(ranges.size() == 1 || last > first);
            ASSERT_TRUE(last == elements || last % granule == 0);
            ASSERT_TRUE(ranges.size() == 1 || last - first + granule >= least);
            end = last;
          }
          ASSERT_EQ(end, elements);
          const std::size_t most = std::max<std::size_t>(1, std::min(count, elements));
          EXPECT_TRUE(granule > 1 || least > 1 || ranges.size() == most);
        }
      }
    }
  }
}

TEST(Threads, SplitOnRequestEvenWhatIsTooSmall) {
  const Threads threads(3, Sharing::always);
  std::atomic<int> parts = 0;
  threads.split(3, 1000, 1, [&](std::size_t first, std::size_t last) {
    EXPECT_EQ(last, first + 1);
    ++parts;
  });
  EXPECT_EQ(parts, 3);
}

TEST(Threads, ComputeInTheFloatingPointModeAndTellWhoLeavesIt) {
  const Threads threads(2);
  threads.run(2, [](std::size_t part) { EXPECT_TRUE(part == 0 || numerics::in_floating_point_mode()); });
  EXPECT_NO_THROW(threads.require_floating_point_mode());
  threads.run(2, [](std::size_t part) {
    if (part == 1) std::fesetround(FE_UPWARD);
  });
  EXPECT_THROW(threads.require_floating_point_mode(), Error);
  threads.run(2, [](std::size_t part) { EXPECT_TRUE(part == 0 || numerics::in_floating_point_mode()); });
  EXPECT_THROW(threads.require_floating_point_mode(), Error)
      << "what was computed before still does not count";
  EXPECT_NO_THROW(Threads().require_floating_point_mode());
}

TEST(ThreadsDeathTest, RefuseMorePartsThanThreads) {
  EXPECT_DEATH(Threads().run(2, [](std::size_t) {}), "2 parts for 1 threads");
}

}  // namespace
}  // namespace rondo::kernels
