// The table's bytes from the coordinator: wanted by the thread that loads the table, brought by the thread
// that has the line. A few parts are under way at a time, so that neither end holds more than these.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rondo/message.pb.h"

namespace rondo::runtime {

// A table that is being put together; knows nothing of threads.
class TableAssembly {
 public:
  // Offsets that are to be asked for now: the first one alone, and once it is there up to four at a time.
  [[nodiscard]] std::vector<std::uint64_t> take_requests();
  // A part that does not fit to those before it is a failure.
  void deliver(const proto::TablePart& part);
  [[nodiscard]] bool complete() const { return size_ && bytes_.size() == *size_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }  // empty: none
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string failure_;
  std::string bytes_;
  std::optional<std::uint64_t> size_;  // known from the first part on
  std::uint64_t stride_ = 0;           // bytes of a part
  std::uint64_t next_ = 0;             // offset to be asked for next
  std::uint32_t under_way_ = 0;        // asked for, not answered
};

class TableFetch {
 public:
  // On the loading thread.
  // The whole table. Throws Error(environment) when the coordinator cannot send it, or after stop().
  [[nodiscard]] std::string get();
  // Sleeps. True: stop() was called.
  [[nodiscard]] bool stopped_within(std::chrono::milliseconds time);

  // On the line's thread.
  [[nodiscard]] std::vector<std::uint64_t> take_requests();
  void deliver(const proto::TablePart& part);
  // Nothing will come any more: get() throws.
  void stop();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::optional<TableAssembly> wanted_;
};

}  // namespace rondo::runtime
