#include "tests/unit/worker/kernels/on_threads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rondo::kernels::test {

namespace {
// Made once: threads cost more than what is shared out here.
const Threads& of_all_work(std::size_t count) {
  static const std::vector<Threads> all = [] {
    std::vector<Threads> made;
    for (std::size_t n = 0; n <= 8; ++n) made.emplace_back(n, Sharing::always);
    return made;
  }();
  return all[count];
}
}  // namespace

void expect_equal(const std::string& what, Kind kind, const std::function<void(Call&)>& work) {
  Call alone(Threads(), kind);
  work(alone);
  const std::vector<Floats> wanted = alone.results();
  for (std::size_t count = 2; count <= 8; ++count) {
    Call call(of_all_work(count), kind);
    work(call);
    const std::vector<Floats> given = call.results();
    ASSERT_EQ(given.size(), wanted.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      expect_same(given[i], wanted[i],
                  fmt::format("{}, {}, {} threads, argument {}", what, name_of(kind), count, i));
    }
  }
}

}  // namespace rondo::kernels::test
