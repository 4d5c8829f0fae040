// The simulator's own draws: one stream per purpose, read element by element, so that what one disturber
// draws does not shift another's.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/random/draws.h"

namespace rondo::simulation {

// Purposes. The number is the tensor id of the stream's address.
enum class Purpose : std::uint32_t {
  options = 1,
  network = 2,
  workers = 3,
  deaths = 4,
  restarts = 5,
  order = 6,
};

class Chance {
 public:
  Chance(std::uint64_t seed, Purpose purpose)
      : draws_(random::Key(seed), random::Stream::sampler, static_cast<std::uint32_t>(purpose)) {}

  // Uniform in [low, high].
  [[nodiscard]] std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + draws_.bounded(next_++, high - low + 1);
  }
  [[nodiscard]] bool percent(std::uint64_t probability) {
    return probability > 0 && between(0, 99) < probability;
  }

 private:
  random::Draws draws_;
  std::uint64_t next_ = 0;
};

// A fixed mixing of two words (splitmix64's finaliser): the simulated facts of a trial are hashes of its
// address.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a * 0x9e3779b97f4a7c15U + b + 0x632be59bd9b4e019U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

[[nodiscard]] constexpr std::uint64_t hash_bytes(std::uint64_t start, std::string_view bytes) {
  for (const char byte : bytes) start = mix(start, static_cast<std::uint8_t>(byte));
  return start;
}

}  // namespace rondo::simulation
