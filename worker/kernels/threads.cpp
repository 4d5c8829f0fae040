#include "worker/kernels/threads.h"

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>  // lint: allow(outputs are shared out, so no bit depends on it)
#include <cstdint>
#include <thread>  // lint: allow(fork and join only)
#include <vector>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/numerics/floating_point_mode.h"

namespace rondo::kernels {

namespace {

// How often a thread looks before it sleeps. Where each has a core: some hundreds of microseconds, the time
// between two parts of a step that are worth sharing, because being woken costs as much as such a part. Where
// they share cores: some tens.
constexpr int patient_looks = 5000;
constexpr int hasty_looks = 1000;

int looks_of(std::size_t threads) {
#if defined(__linux__)
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) {
    return threads <= static_cast<std::size_t>(CPU_COUNT(&cores)) ? patient_looks : hasty_looks;
  }
#endif
  return threads <= std::thread::hardware_concurrency() ? patient_looks : hasty_looks;
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Returns when `value` is no longer `old`: awake for a moment, then asleep.
std::uint32_t wait_for_other(const std::atomic<std::uint32_t>& value, std::uint32_t old, int looks) {
  for (int look = 0; look < looks; ++look) {
    const std::uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

constexpr std::size_t line = 64;  // bytes of a cache line

// Each on a line of its own: what one thread waits for is not disturbed by what another is told.
struct alignas(line) Counter {
  std::atomic<std::uint32_t> value{0};
};

}  // namespace

struct Threads::State {
  State(std::size_t count, Sharing its_sharing)
      : sharing(its_sharing), looks(looks_of(count)), called(count - 1) {
    for (std::size_t i = 0; i < called.size(); ++i) others.emplace_back([this, i] { serve(i); });
  }
  ~State() {
    call = nullptr;
    for (Counter& counter : called) tell(counter);
    for (std::thread& thread : others) thread.join();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static void tell(Counter& counter) {
    counter.value.fetch_add(1, std::memory_order_release);
    counter.value.notify_one();
  }

  // What thread i + 1 does until it is called for nothing.
  void serve(std::size_t i) {
    std::uint32_t seen = 0;
    while (true) {
      seen = wait_for_other(called[i].value, seen, looks);
      if (call == nullptr) return;
      numerics::set_floating_point_mode();
      call(object, i + 1);
      if (!numerics::in_floating_point_mode()) left_mode.store(true, std::memory_order_relaxed);
      if (pending.value.fetch_sub(1, std::memory_order_acq_rel) == 1) pending.value.notify_one();
    }
  }

  Sharing sharing;
  int looks;
  std::vector<Counter> called;  // one of each other thread, counted up to call it
  Counter pending;              // parts of others that are not done
  Erased call = nullptr;
  const void* object = nullptr;
  std::atomic<bool> left_mode{false};
  std::vector<std::thread> others;
};

Threads::Threads(std::size_t count, Sharing sharing)
    : state_(count > 1 ? std::make_shared<State>(count, sharing) : nullptr) {}

std::size_t Threads::count() const {
  return state_ == nullptr ? 1 : state_->called.size() + 1;
}

void Threads::run_erased(std::size_t parts, Erased call, const void* object) const {
  RONDO_CHECK(parts <= count(), "{} parts for {} threads", parts, count());
  if (parts == 0) return;
  if (parts == 1) return call(object, 0);
  State& state = *state_;
  state.call = call;
  state.object = object;
  state.pending.value.store(static_cast<std::uint32_t>(parts - 1), std::memory_order_relaxed);
  for (std::size_t i = 0; i + 1 < parts; ++i) State::tell(state.called[i]);
  call(object, 0);
  for (std::uint32_t left = state.pending.value.load(std::memory_order_acquire); left != 0;) {
    left = wait_for_other(state.pending.value, left, state.looks);
  }
}

std::size_t Threads::parts_of(std::size_t elements, std::size_t least, std::size_t granule) const {
  if (state_ == nullptr) return 1;
  const std::size_t granules = (elements + granule - 1) / granule;
  const std::size_t worthwhile = elements / std::max<std::size_t>(least, 1);
  const std::size_t wanted = std::min(granules, state_->sharing == Sharing::always ? granules : worthwhile);
  return std::clamp<std::size_t>(wanted, 1, count());
}

std::size_t Threads::bound(std::size_t elements, std::size_t granule, std::size_t parts, std::size_t part) {
  const std::size_t granules = (elements + granule - 1) / granule;
  return std::min(elements, granules * part / parts * granule);
}

void Threads::require_floating_point_mode() const {
  if (state_ == nullptr || !state_->left_mode.load(std::memory_order_relaxed)) return;
  throw_environment(
      "the floating-point mode of a thread was changed while it trained: a library in this process does so; "
      "start rondo without LD_PRELOAD and with another MPI library");
}

}  // namespace rondo::kernels
