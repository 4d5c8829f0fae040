#include "worker/runtime/table_fetch.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"

namespace rondo::runtime {

namespace {

// Hides the line's latency: parts are a mebibyte, and an idle line looks every few milliseconds.
constexpr std::uint32_t most_under_way = 4;

}  // namespace

std::vector<std::uint64_t> TableAssembly::take_requests() {
  std::vector<std::uint64_t> offsets;
  if (!failure_.empty()) return offsets;
  if (!size_) {
    if (under_way_ == 0) offsets.push_back(0);
  } else {
    for (; under_way_ + offsets.size() < most_under_way && next_ < *size_; next_ += stride_) {
      offsets.push_back(next_);
    }
  }
  under_way_ += static_cast<std::uint32_t>(offsets.size());
  return offsets;
}

void TableAssembly::deliver(const proto::TablePart& part) {
  if (!failure_.empty() || complete()) return;
  const std::uint64_t had = bytes_.size();
  const std::uint64_t size = size_.value_or(part.size());
  if (!part.failure().empty()) {
    failure_ = part.failure();
  } else if (part.offset() != had || part.size() != size || part.bytes().size() > size - had ||
             (part.bytes().empty() && size > had)) {
    failure_ =
        fmt::format("the coordinator sent {} bytes at {} of {}, where {} of {} were there: its file changes",
                    part.bytes().size(), part.offset(), part.size(), had, size);
  } else {
    if (!size_) stride_ = next_ = part.bytes().size();
    size_ = size;
    bytes_ += part.bytes();
    if (under_way_ > 0) --under_way_;
  }
}

std::string TableFetch::get() {
  std::unique_lock lock(mutex_);
  TableAssembly& table = wanted_.emplace();
  changed_.wait(lock, [&] { return stopped_ || table.complete() || !table.failure().empty(); });
  const std::string failure = table.failure();
  const bool complete = table.complete();
  std::string bytes = table.take();
  wanted_.reset();
  if (complete) return bytes;
  throw_environment("{}", failure.empty() ? "this rank leaves" : failure);
}

bool TableFetch::stopped_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return stopped_; });
}

std::vector<std::uint64_t> TableFetch::take_requests() {
  const std::lock_guard lock(mutex_);
  return wanted_ ? wanted_->take_requests() : std::vector<std::uint64_t>();
}

void TableFetch::deliver(const proto::TablePart& part) {
  const std::lock_guard lock(mutex_);
  // What was asked for before a failure may still come.
  if (wanted_) wanted_->deliver(part);
  changed_.notify_all();
}

void TableFetch::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace rondo::runtime
