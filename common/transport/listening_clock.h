// Time as a listener has it: what passed while it listened. When the whole process was stopped (a debugger, a
// laptop that slept, a host under heavy load), its peers' silence is not theirs, and none of them is given up
// for it.
#pragma once

#include <algorithm>
#include <chrono>

namespace rondo::transport {

class ListeningClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A gap between two calls of listen() counts for `longest_gap` at most.
  ListeningClock(Time start, std::chrono::nanoseconds longest_gap)
      : last_(start), longest_gap_(longest_gap) {}

  void set_longest_gap(std::chrono::nanoseconds longest_gap) { longest_gap_ = longest_gap; }
  void listen(Time now) {
    listened_ += std::min<std::chrono::nanoseconds>(now - last_, longest_gap_);
    last_ = now;
  }
  // Listened in all.
  [[nodiscard]] std::chrono::nanoseconds listened() const { return listened_; }

 private:
  Time last_;
  std::chrono::nanoseconds longest_gap_;
  std::chrono::nanoseconds listened_{0};
};

}  // namespace rondo::transport
