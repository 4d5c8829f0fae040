// Random numbers by address: a draw is a pure function of (key, stream, tensor, step, element), so that no
// layer, fold or step can shift another's numbers and any element can be computed without those before it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/random/seeds.h"

namespace rondo::random {

// Purposes of draws: the low half of the last counter word. Numbers are part of the seed scheme: append only,
// below 2^16.
enum class Stream : std::uint32_t {
  split = 1,
  fold = 2,
  shuffle = 3,
  initialization = 4,
  dropout = 5,
  augmentation = 6,
  sampler = 7,
  ensemble = 8,
};

// All the draws of one (key, stream, tensor, step). Counter = (element / 4, step, tensor, stream), word =
// element mod 4.
class Draws {
 public:
  Draws(Key key, Stream stream, std::uint32_t tensor = 0, std::uint32_t step = 0)
      : key_(key), stream_(stream), tensor_(tensor), step_(step) {}

  // What the words depend on beside the element, for code that draws many at once.
  [[nodiscard]] Key key() const { return key_; }
  [[nodiscard]] Stream stream() const { return stream_; }
  [[nodiscard]] std::uint32_t tensor() const { return tensor_; }
  [[nodiscard]] std::uint32_t step() const { return step_; }

  // Uniform 32-bit word of an element below 2^34.
  [[nodiscard]] std::uint32_t word(std::uint64_t element) const;
  // out[i] = word(first + i), at a quarter of the cost.
  void words(std::uint64_t first, std::span<std::uint32_t> out) const;
  // Uniform in [0, 1): the top 24 bits of word(element) times 2^-24.
  [[nodiscard]] float uniform_float(std::uint64_t element) const;
  // Uniform in [0, 1): 53 bits of the words 2·element (high) and 2·element + 1 (low).
  [[nodiscard]] double uniform_double(std::uint64_t element) const;
  // Unbiased in [0, bound) by Lemire's method, from the same two words; bound ≥ 1. A redraw reads them at the
  // same place of attempt 1, 2, …, which has the last counter word stream + 2^16 · attempt.
  [[nodiscard]] std::uint64_t bounded(std::uint64_t element, std::uint64_t bound) const;
  // Standard normal through our own inverse CDF, at (n + ½) / 2^52 for the top 52 bits n of the same two
  // words. Never infinite: within ±8.21.
  [[nodiscard]] double normal(std::uint64_t element) const;

 private:
  using Block = std::array<std::uint32_t, 4>;
  [[nodiscard]] Block block(std::uint64_t index, std::uint32_t attempt) const;
  // Words 2·element (high) and 2·element + 1 (low) of an element below 2^33.
  [[nodiscard]] std::uint64_t pair(std::uint64_t element, std::uint32_t attempt) const;

  Key key_;
  Stream stream_;
  std::uint32_t tensor_;
  std::uint32_t step_;
};

// 0 … count - 1 in a random order, by Fisher and Yates: starting from 0, 1, 2, …, for i = count - 1 down to
// 1, places i and bounded(i, i + 1) are exchanged.
[[nodiscard]] std::vector<std::uint32_t> permutation(const Draws& draws, std::uint32_t count);
// The same into `order`, whose size is the count, below 2^32.
void permute(const Draws& draws, std::span<std::uint32_t> order);

}  // namespace rondo::random
