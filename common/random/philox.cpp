#include "common/random/philox.h"

namespace rondo::random {

namespace {

constexpr std::uint32_t multiplier_0 = 0xd2511f53;
constexpr std::uint32_t multiplier_1 = 0xcd9e8d57;
// The key's increments: the golden ratio and √3 - 1, as 32-bit fractions.
constexpr std::uint32_t weyl_0 = 0x9e3779b9;
constexpr std::uint32_t weyl_1 = 0xbb67ae85;
constexpr int rounds = 10;

}  // namespace

Counter philox4x32_10(const Counter& counter, std::uint64_t key) {
  Counter c = counter;
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t a = std::uint64_t{multiplier_0} * c[0];
    const std::uint64_t b = std::uint64_t{multiplier_1} * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(a)};
    k0 += weyl_0;
    k1 += weyl_1;
  }
  return c;
}

}  // namespace rondo::random
