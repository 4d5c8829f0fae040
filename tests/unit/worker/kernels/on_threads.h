// A kernel called on one thread and on 2 to 8, all work shared out: the bits must be equal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/worker/kernels/fixtures.h"
#include "worker/kernels/threads.h"

namespace rondo::kernels::test {

// Arguments at odd addresses, and what a kernel left in those that it writes.
class Call {
 public:
  Call(Threads its_threads, Kind kind) : threads(std::move(its_threads)), kind_(kind) {}

  Threads threads;

  // Values to read, and perhaps to write.
  std::span<float> given(std::size_t count) { return add(Buffer(values(kind_, seed_++, count)), count); }
  std::span<float> out(std::size_t count) { return add(Buffer::poisoned(count), count); }
  [[nodiscard]] std::vector<Floats> results() const {
    std::vector<Floats> all;
    for (const Buffer& buffer : buffers_) all.push_back(buffer.values());
    return all;
  }

 private:
  std::span<float> add(Buffer buffer, std::size_t count) {
    buffers_.push_back(std::move(buffer));
    return {buffers_.back().data(), count};
  }

  Kind kind_;
  std::uint32_t seed_ = 1;
  std::vector<Buffer> buffers_;
};

// `work` fetches its arguments from a Call and calls a kernel; it must write the same with any threads.
void expect_equal(const std::string& what, Kind kind, const std::function<void(Call&)>& work);

}  // namespace rondo::kernels::test
