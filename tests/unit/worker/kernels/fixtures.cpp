#include "tests/unit/worker/kernels/fixtures.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "common/random/draws.h"

namespace rondo::kernels::test {

namespace {
constexpr float guard = 0x1.234568p+77F;
constexpr float poison = -0x1.0abcdep+99F;

float tiny_value(std::uint32_t word) {
  const std::uint32_t sign = word & 0x80000000;
  const std::uint32_t size = word % 5 == 0 ? 0 : word & 0x00ffffff;  // below 2^-125
  return std::bit_cast<float>(sign | size);
}

float wide_value(std::uint32_t word) {
  const std::uint32_t exponent = 64 + (word >> 8 & 0x7f) % 126;  // 2^-63 to 2^62
  return std::bit_cast<float>((word & 0x80000000) | exponent << 23 | (word * 0x9e3779b9 >> 9));
}

float special_value(std::uint32_t word, float plain) {
  using Limits = std::numeric_limits<float>;
  const float list[] = {0.0F,
                        -0.0F,
                        Limits::infinity(),
                        -Limits::infinity(),
                        Limits::quiet_NaN(),
                        Limits::max(),
                        -Limits::max(),
                        Limits::denorm_min(),
                        Limits::min(),
                        -Limits::denorm_min(),
                        88.72284F,
                        -103.97208F,
                        1.0F,
                        -1.0F};
  return word % 3 == 0 ? list[(word >> 8) % std::size(list)] : plain;
}
}  // namespace

const char* name_of(Kind kind) {
  constexpr const char* names[] = {"plain", "tiny", "wide", "special", "zeros", "huge", "equal"};
  return names[static_cast<int>(kind)];
}

Floats values(Kind kind, std::uint32_t seed, std::size_t count) {
  const random::Draws draws(random::Key(0x74657374), random::Stream::split, seed,
                            static_cast<std::uint32_t>(kind));
  Floats result(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t word = draws.word(i);
    const float plain = 8.0F * draws.uniform_float(i) - 4.0F;
    switch (kind) {
      case Kind::plain:
        result[i] = plain;
        break;
      case Kind::tiny:
        result[i] = tiny_value(word);
        break;
      case Kind::wide:
        result[i] = wide_value(word);
        break;
      case Kind::zeros:
        result[i] = word % 2 == 0 ? 0.0F : -0.0F;
        break;
      case Kind::huge:
        result[i] = std::numeric_limits<float>::max() / 4 * plain;
        break;
      case Kind::equal:
        result[i] = 8.0F * draws.uniform_float(0) - 4.0F;
        break;
      case Kind::special:
        result[i] = special_value(word, plain);
        break;
    }
  }
  return result;
}

Buffer::Buffer(const Floats& values)
    : before_(33 + values.size() / 2 % 16), storage_(before_ + values.size() + after, guard) {
  for (std::size_t i = 0; i < values.size(); ++i) storage_[before_ + i] = values[i];
}

Buffer Buffer::poisoned(std::size_t count) {
  return Buffer(Floats(count, poison));
}

Floats Buffer::values() const {
  const std::size_t end = storage_.size() - after;
  for (std::size_t i = 0; i < storage_.size(); ++i) {
    const bool is_guard = i < before_ || i >= end;
    EXPECT_TRUE(!is_guard || same(storage_[i], guard)) << "written outside, at " << i;
  }
  return Floats(storage_.begin() + static_cast<std::ptrdiff_t>(before_), storage_.end() - after);
}

bool same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void expect_same(const Floats& given, const Floats& wanted, const std::string& what) {
  ASSERT_EQ(given.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < given.size(); ++i) {
    ASSERT_TRUE(same(given[i], wanted[i]))
        << what << ", element " << i << ": " << std::hexfloat << given[i] << ", not " << wanted[i];
  }
}

std::vector<std::size_t> counts() {
  return {0, 1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33, 61, 64, 65, 127, 131, 257};
}

}  // namespace rondo::kernels::test
