#include "common/random/draws.h"

#include <limits>
#include <numeric>
#include <utility>

#include "common/base/check.h"
#include "common/numerics/normal.h"
#include "common/random/philox.h"

namespace rondo::random {

namespace {

__extension__ using Wide = unsigned __int128;

// A redraw's attempt index lies above the stream's number, in the same counter word.
constexpr std::uint32_t attempt_shift = 16;
constexpr std::uint32_t most_attempts = 1U << (32 - attempt_shift);

}  // namespace

Draws::Block Draws::block(std::uint64_t index, std::uint32_t attempt) const {
  RONDO_CHECK(index < (std::uint64_t{1} << 32), "element {} has no address", 4 * index);
  return philox4x32_10({static_cast<std::uint32_t>(index), step_, tensor_,
                        static_cast<std::uint32_t>(stream_) | attempt << attempt_shift},
                       key_.value());
}

std::uint64_t Draws::pair(std::uint64_t element, std::uint32_t attempt) const {
  RONDO_CHECK(element < (std::uint64_t{1} << 33), "element {} has no pair of words", element);
  const Block words = block(element / 2, attempt);
  const std::size_t high = 2 * (element % 2);
  return std::uint64_t{words[high]} << 32 | words[high + 1];
}

std::uint32_t Draws::word(std::uint64_t element) const {
  return block(element / 4, 0)[element % 4];
}

void Draws::words(std::uint64_t first, std::span<std::uint32_t> out) const {
  Block words{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t element = first + i;
    if (i == 0 || element % 4 == 0) words = block(element / 4, 0);
    out[i] = words[element % 4];
  }
}

float Draws::uniform_float(std::uint64_t element) const {
  return static_cast<float>(word(element) >> 8) * 0x1p-24F;
}

double Draws::uniform_double(std::uint64_t element) const {
  return static_cast<double>(pair(element, 0) >> 11) * 0x1p-53;
}

// D. Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29 (2019): the high word of a
// product is the result; a low word below 2^64 mod bound is what would make some results likelier, and is
// drawn again.
std::uint64_t Draws::bounded(std::uint64_t element, std::uint64_t bound) const {
  RONDO_CHECK(bound > 0);
  for (std::uint32_t attempt = 0; attempt < most_attempts; ++attempt) {
    const Wide product = Wide{pair(element, attempt)} * bound;
    const auto low = static_cast<std::uint64_t>(product);
    // 2^64 mod bound is below bound, so most draws need no division.
    if (low >= bound || low >= (0 - bound) % bound) return static_cast<std::uint64_t>(product >> 64);
  }
  // Each attempt is refused with a probability below one half.
  RONDO_CHECK(false, "{} attempts for element {} below {}", most_attempts, element, bound);
}

// 52 bits n give the probability (n + ½) · 2^-52: exact, never 0 or 1, and symmetric about ½.
double Draws::normal(std::uint64_t element) const {
  const std::uint64_t n = pair(element, 0) >> 12;
  return numerics::inverse_normal_cdf(static_cast<double>(2 * n + 1) * 0x1p-53);
}

// From the last place down to the second, each changes places with one that is not behind it.
std::vector<std::uint32_t> permutation(const Draws& draws, std::uint32_t count) {
  std::vector<std::uint32_t> order(count);
  permute(draws, order);
  return order;
}

void permute(const Draws& draws, std::span<std::uint32_t> order) {
  RONDO_CHECK(order.size() <= std::numeric_limits<std::uint32_t>::max());
  std::iota(order.begin(), order.end(), 0U);
  for (auto i = static_cast<std::uint32_t>(order.size()); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(draws.bounded(i - 1, i))]);
  }
}

}  // namespace rondo::random
