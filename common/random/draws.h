// Random numbers by address: a draw is a pure function of (key, stream, tensor, step, element), so that no
// layer, fold or step can shift another's numbers and any element can be computed without those before it.
#pragma once

#include <cstdint>
#include <vector>

#include "common/random/seeds.h"

namespace rondo::random {

// Purposes of draws: the last counter word. Numbers are part of the seed scheme: append only.
enum class Stream : std::uint32_t {
  split = 1,
  fold = 2,
  shuffle = 3,
  initialization = 4,
  dropout = 5,
  augmentation = 6,
  sampler = 7,
};

// All the draws of one (key, stream, tensor, step). Counter = (element / 4, step, tensor, stream), word =
// element mod 4.
class Draws {
 public:
  Draws(Key key, Stream stream, std::uint32_t tensor = 0, std::uint32_t step = 0)
      : key_(key), stream_(stream), tensor_(tensor), step_(step) {}

  // Uniform 32-bit word of an element below 2^34.
  [[nodiscard]] std::uint32_t word(std::uint64_t element) const;
  // Uniform in [0, 1): the top 24 bits of word(element) times 2^-24.
  [[nodiscard]] float uniform_float(std::uint64_t element) const;
  // Uniform in [0, 1): 53 bits of the words 2·element (high) and 2·element + 1 (low).
  [[nodiscard]] double uniform_double(std::uint64_t element) const;
  // Unbiased in [0, bound) by Lemire's method; bound ≥ 1. See the .cpp for the address of a redraw.
  [[nodiscard]] std::uint64_t bounded(std::uint64_t element, std::uint64_t bound) const;
  // Standard normal through our own inverse CDF.
  [[nodiscard]] double normal(std::uint64_t element) const;

 private:
  Key key_;
  Stream stream_;
  std::uint32_t tensor_;
  std::uint32_t step_;
};

// Fisher-Yates over 0 … count - 1 (direction and draws stated in the .cpp and in worker/kernels/NUMERICS.md).
[[nodiscard]] std::vector<std::uint32_t> permutation(const Draws& draws, std::uint32_t count);

}  // namespace rondo::random
