// The threads that one rank computes with: fork and join, outputs shared out among them.
//
// What is shared out are outputs, never the terms of one: a chain or a tree is computed by one thread whole.
// So the number of threads changes no bit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <type_traits>

namespace rondo::kernels {

// Whether work that is too small to be worth it stays on the calling thread. `always` shares out everything,
// for tests.
enum class Sharing { worthwhile, always };

// A handle; copies share the threads, which end with the last of them. One thread at a time may use them.
class Threads {
 public:
  // The calling thread alone.
  Threads() = default;
  // The calling thread and count - 1 others, which wait (briefly awake, then asleep) for work. 0 counts as 1.
  explicit Threads(std::size_t count, Sharing sharing = Sharing::worthwhile);

  [[nodiscard]] std::size_t count() const;

  // Calls work(0) … work(parts - 1), each on a thread of its own, work(0) on this one, and returns when all
  // have returned. parts ≤ count(). `work` must not throw. The floating-point mode of the other threads is
  // set before and checked after their part.
  template <class Work>
  void run(std::size_t parts, const Work& work) const {
    run_erased(
        parts, [](const void* object, std::size_t part) { (*static_cast<const Work*>(object))(part); },
        &work);
  }

  // Calls work(first, last) for ranges that make up 0 … elements: as many as there are threads, but each of
  // about `least` elements or more (unless Sharing::always), and all but the last of a multiple of `granule`.
  // A work of three arguments is told the number of the part, too. There are at most `most` parts.
  template <class Work>
  void split(std::size_t elements, std::size_t least, std::size_t granule, const Work& work,
             std::size_t most = std::numeric_limits<std::size_t>::max()) const {
    const std::size_t parts = std::min(parts_of(elements, least, granule), most);
    const auto of_part = [&](std::size_t part) {
      const std::size_t first = bound(elements, granule, parts, part);
      const std::size_t last = bound(elements, granule, parts, part + 1);
      if constexpr (std::is_invocable_v<const Work&, std::size_t, std::size_t, std::size_t>) {
        work(first, last, part);
      } else {
        work(first, last);
      }
    };
    if (parts == 1) return of_part(0);
    run(parts, of_part);
  }

  // For work of several pieces in one go: how many parts split() would make, and where part `part` of them
  // begins.
  [[nodiscard]] std::size_t parts_of(std::size_t elements, std::size_t least, std::size_t granule) const;
  [[nodiscard]] static std::size_t bound(std::size_t elements, std::size_t granule, std::size_t parts,
                                         std::size_t part);

  // Throws Error(environment) when another thread than the caller's left the floating-point mode within its
  // part, since these threads exist: nothing computed meanwhile may count.
  void require_floating_point_mode() const;

 private:
  struct State;
  using Erased = void (*)(const void* object, std::size_t part);
  void run_erased(std::size_t parts, Erased call, const void* object) const;

  std::shared_ptr<State> state_;
};

}  // namespace rondo::kernels
