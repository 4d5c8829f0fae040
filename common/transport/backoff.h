// How long a listener sleeps between two looks at its messages. Nothing in MPI wakes a sleeper, so a message
// waits for the next look: half as long as the silence before it lasted, but no more than a millisecond, or
// than a hundredth of a silence that is longer than that makes.
#pragma once

#include <algorithm>
#include <chrono>

namespace rondo::transport {

class Backoff {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // The silence begins with the first look that finds nothing, not before: who trains in between does not
  // listen. Zero: look again at once, but let others have the core first.
  [[nodiscard]] Duration next(Time now) {
    if (!silent_) {
      silent_ = true;
      since_ = now;
    }
    const Duration silence = now - since_;
    if (lively_ && silence < spin) return Duration::zero();
    const Duration most = std::clamp<Duration>(silence / 100, short_sleep, longest_sleep);
    return std::clamp<Duration>(silence / 2, shortest_sleep, most);
  }

  // A message has come. Where one was soon there the next one is expected soon as well, and only then is a
  // core spent on waiting for it.
  void arrived(Time now) {
    lively_ = !silent_ || now - since_ < lively;
    silent_ = false;
  }

  // Something was sent, so an answer may come soon.
  void sent() { silent_ = false; }

  static constexpr std::chrono::microseconds spin{50};
  static constexpr std::chrono::microseconds lively{200};
  static constexpr std::chrono::microseconds shortest_sleep{30};
  static constexpr std::chrono::microseconds short_sleep{1'000};
  static constexpr std::chrono::microseconds longest_sleep{10'000};

 private:
  bool silent_ = false;
  bool lively_ = false;
  Time since_{};
};

}  // namespace rondo::transport
