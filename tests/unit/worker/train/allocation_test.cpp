// Counts what a trial takes from the heap while it trains.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/unit/worker/train/problems.h"
#include "worker/train/trial.h"

namespace {
std::size_t allocations = 0;
}

__attribute__((noinline)) void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* memory) noexcept {
  std::free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace rondo::train {
namespace {

std::size_t taken_by_an_epoch(std::size_t rows) {
  data::PreparedData data = test::problem(proto::TASK_BINARY, rows, rows);
  data.metric = proto::METRIC_ACCURACY;
  Trial trial(data, test::spec(3));
  static_cast<void>(trial.train_epoch(test::always));
  const std::function<bool()> keep_going = test::always;
  const std::size_t before = allocations;
  static_cast<void>(trial.train_epoch(keep_going));
  return allocations - before;
}

TEST(Trial, TakesNoMemoryPerStep) {
  EXPECT_EQ(taken_by_an_epoch(100), taken_by_an_epoch(10000));
  EXPECT_LT(taken_by_an_epoch(100), 64u);
}

}  // namespace
}  // namespace rondo::train
