// Numbers that never fall, at four bytes each: offsets into a text of any length.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/data/large_pages.h"

namespace rondo::data {

class Ascending {
 public:
  void reserve(std::size_t count) { low_.reserve(count); }
  [[nodiscard]] std::size_t size() const { return low_.size(); }
  // Not below the number before it.
  [[gnu::always_inline]] void push_back(std::uint64_t value) {
    if (value >> 32U != carries_.size()) carry(value);
    low_.push_back(static_cast<std::uint32_t>(value));
  }
  [[nodiscard]] std::uint64_t operator[](std::size_t i) const {
    return carries_.empty() ? low_[i] : (high(i) << 32U) + low_[i];
  }
  void clear() {
    low_.clear();
    carries_.clear();
  }

 private:
  [[gnu::noinline]] void carry(std::uint64_t value) {
    while (value >> 32U != carries_.size()) carries_.push_back(low_.size());
  }
  [[nodiscard]] std::uint64_t high(std::size_t i) const {
    return static_cast<std::uint64_t>(std::upper_bound(carries_.begin(), carries_.end(), i) -
                                      carries_.begin());
  }

  LargeVector<std::uint32_t> low_;
  std::vector<std::size_t> carries_;  // where the high half grows by one; none below 4 GiB
};

}  // namespace rondo::data
