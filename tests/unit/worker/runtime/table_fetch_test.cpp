#include "worker/runtime/table_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "common/base/error.h"

namespace rondo::runtime {
namespace {

using ::testing::HasSubstr;

std::string long_table() {
  std::string text;
  for (int row = 0; row < 1'003; ++row) text += static_cast<char>('a' + row % 26);
  return text;
}

proto::TablePart part_of(const std::string& table, std::uint64_t offset, std::size_t length = 100) {
  proto::TablePart part;
  part.set_offset(offset);
  part.set_size(table.size());
  part.set_bytes(table.substr(std::min<std::size_t>(offset, table.size()), length));
  return part;
}

// What get() gives, or says, when each request is answered by `answer`.
std::string fetched(TableFetch& fetch, const std::function<proto::TablePart(std::uint64_t)>& answer,
                    std::size_t& most_open) {
  std::string result;
  std::atomic<bool> done = false;
  const std::jthread loader([&] {
    try {
      result = fetch.get();
    } catch (const Error& error) {
      result = error.what();
    }
    done = true;
  });
  std::deque<std::uint64_t> open;
  while (!done) {
    for (const std::uint64_t offset : fetch.take_requests()) open.push_back(offset);
    most_open = std::max(most_open, open.size());
    if (open.empty()) {
      std::this_thread::yield();
      continue;
    }
    fetch.deliver(answer(open.front()));
    open.pop_front();
  }
  return result;
}

TEST(TableFetch, BringsAllPartsAFewAtATime) {
  TableFetch fetch;
  std::size_t open = 0;
  for (const std::string& table :
       {long_table(), long_table().substr(0, 100), std::string("x"), std::string()}) {
    const auto answer = [&](std::uint64_t offset) { return part_of(table, offset); };
    EXPECT_EQ(fetched(fetch, answer, open), table);
  }
  EXPECT_EQ(open, 4U);
}

TEST(TableFetch, SaysWhatTheCoordinatorSays) {
  TableFetch fetch;
  std::size_t open = 0;
  const auto refuse_third = [&](std::uint64_t offset) {
    proto::TablePart part = part_of(long_table(), offset);
    if (offset == 200) part.set_failure("it is gone");
    return part;
  };
  EXPECT_EQ(fetched(fetch, refuse_third, open), "it is gone");
  // And can be asked again.
  EXPECT_EQ(fetched(
                fetch, [](std::uint64_t offset) { return part_of(long_table(), offset); }, open),
            long_table());
}

TEST(TableFetch, RefusesPartsThatDoNotFit) {
  const std::string table = long_table();
  const std::function<void(proto::TablePart&)> changes[] = {
      [](proto::TablePart& part) { part.set_offset(part.offset() + 1); },
      [](proto::TablePart& part) { part.set_size(part.size() + 1); },
      [](proto::TablePart& part) { part.clear_bytes(); },
      [](proto::TablePart& part) { part.set_bytes(std::string(2'000, 'x')); },
  };
  for (const auto& change : changes) {
    TableFetch fetch;
    std::size_t open = 0;
    const auto answer = [&](std::uint64_t offset) {
      proto::TablePart part = part_of(table, offset);
      if (offset == 300) change(part);
      return part;
    };
    EXPECT_THAT(fetched(fetch, answer, open), HasSubstr("300 of 1003 were there"));
  }
}

TEST(TableFetch, RefusesAFirstPartOfNothing) {
  TableAssembly table;
  EXPECT_THAT(table.take_requests(), ::testing::ElementsAre(0U));
  proto::TablePart part;
  part.set_size(7);
  table.deliver(part);
  EXPECT_THAT(table.failure(), HasSubstr("sent 0 bytes at 0 of 7"));
  EXPECT_THAT(table.take_requests(), ::testing::IsEmpty());
}

TEST(TableFetch, StopsWaiting) {
  TableFetch fetch;
  EXPECT_FALSE(fetch.stopped_within(std::chrono::milliseconds(1)));
  std::jthread other([&] { fetch.stop(); });
  EXPECT_THROW(static_cast<void>(fetch.get()), Error);
  EXPECT_TRUE(fetch.stopped_within(std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace rondo::runtime
