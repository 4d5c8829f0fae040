// Seeded changes of bytes, drawn by address: iteration i of a seed is the same input on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/random/draws.h"

namespace rondo::fuzz {

class Dice {
 public:
  Dice(std::uint64_t seed, std::uint32_t iteration)
      : draws_(random::Key(seed), random::Stream::augmentation, 0, iteration) {}

  // Uniform in [0, bound); bound ≥ 1.
  [[nodiscard]] std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(draws_.bounded(next_++, bound));
  }
  [[nodiscard]] bool one_in(std::size_t chances) { return below(chances) == 0; }

 private:
  random::Draws draws_;
  std::uint64_t next_ = 0;
};

// One to eight changes of one of the inputs (at least one), parts of the others among them. At most
// `most_bytes` long.
[[nodiscard]] std::string mutated(const std::vector<std::string>& inputs, Dice& dice, std::size_t most_bytes);

}  // namespace rondo::fuzz
