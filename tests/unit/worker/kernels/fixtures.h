// Values and buffers that try to break a kernel, and the comparison of bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "worker/kernels/table.h"

namespace rondo::kernels::test {

using Floats = std::vector<float>;

// plain: uniform in [-4, 4). tiny: denormals and their neighbours, ±0. wide: any finite float whose square is
// one too. special: plain with ±0, ±infinity, NaN, the largest and the smallest among them. zeros: +0 and -0
// alone. huge: finite, but sums and products overflow. equal: one value for all, so that nothing varies.
enum class Kind { plain, tiny, wide, special, zeros, huge, equal };
inline constexpr Kind finite_kinds[] = {Kind::plain, Kind::tiny, Kind::wide};
inline constexpr Kind all_kinds[] = {Kind::plain, Kind::tiny, Kind::wide, Kind::special,
                                     Kind::zeros, Kind::huge, Kind::equal};
[[nodiscard]] const char* name_of(Kind kind);

// The same for the same arguments.
[[nodiscard]] Floats values(Kind kind, std::uint32_t seed, std::size_t count);

// Floats between guards: values() fails when a guard was written. Different counts lie at different addresses
// modulo a register.
class Buffer {
 public:
  explicit Buffer(const Floats& values);
  static Buffer poisoned(std::size_t count);
  [[nodiscard]] float* data() { return storage_.data() + before_; }
  [[nodiscard]] Floats values() const;

 private:
  static constexpr std::size_t after = 32;
  std::size_t before_;
  std::vector<float> storage_;
};

// Equal bits, or both NaN.
[[nodiscard]] bool same(float a, float b);
[[nodiscard]] bool same(double a, double b);
// Names the first element that differs.
void expect_same(const Floats& given, const Floats& wanted, const std::string& what);

// Counts around every register width and block size, with primes.
[[nodiscard]] std::vector<std::size_t> counts();

}  // namespace rondo::kernels::test
