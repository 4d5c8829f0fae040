// Finds the bytes that mean something in a table, many at a time and without asking about each.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rondo::data {

// Positions of comma, quote, CR and LF, ascending from `begin` on; then bytes.size() for ever. The bytes in
// front of the last position may be overwritten meanwhile.
class Marks {
 public:
  Marks(std::string_view bytes, std::size_t begin) : bytes_(bytes), next_(begin) {}

  [[nodiscard]] std::size_t next() {
    while (found_ == 0) {
      if (next_ >= bytes_.size()) return bytes_.size();
      find();
    }
    const auto place = static_cast<std::size_t>(std::countr_zero(found_));
    found_ &= found_ - 1;
    return begin_ + place;
  }

 private:
  static constexpr std::size_t at_once = 64;

  void find() {
    begin_ = next_;
    next_ += at_once;
    if (next_ <= bytes_.size()) {
      found_ = marks_of(bytes_.data() + begin_);
      return;
    }
    std::array<char, at_once> padded{};
    std::memcpy(padded.data(), bytes_.data() + begin_, bytes_.size() - begin_);
    found_ = marks_of(padded.data());
  }

  // Bit i speaks of byte i.
#if defined(__SSE2__)
  [[nodiscard]] static std::uint64_t marks_of(const char* bytes) {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < at_once; i += 16) {
      __m128i some;
      std::memcpy(&some, bytes + i, sizeof some);
      const auto equal = [&](char byte) { return _mm_cmpeq_epi8(some, _mm_set1_epi8(byte)); };
      const __m128i marks =
          _mm_or_si128(_mm_or_si128(equal(','), equal('"')), _mm_or_si128(equal('\r'), equal('\n')));
      found |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(marks))) << i;
    }
    return found;
  }
#else
  static constexpr std::uint64_t every_byte = 0x0101010101010101U;

  [[nodiscard]] static std::uint64_t marks_of(const char* bytes) {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < at_once; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + i, sizeof word);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      // Gathers the top bit of every byte, the lowest byte's as the lowest bit.
      constexpr std::uint64_t gather = 0x0102040810204080U;
      found |= ((marks_in(word) >> 7U) * gather >> 56U) << i;
    }
    return found;
  }
  // The top bit of every byte that is `byte`; no carry crosses from one to the next.
  [[nodiscard]] static std::uint64_t equal(std::uint64_t word, unsigned char byte) {
    constexpr std::uint64_t low_bits = 0x7f * every_byte;
    const std::uint64_t other = word ^ (byte * every_byte);
    return ~(((other & low_bits) + low_bits) | other | low_bits);
  }
  [[nodiscard]] static std::uint64_t marks_in(std::uint64_t word) {
    return equal(word, ',') | equal(word, '"') | equal(word, '\r') | equal(word, '\n');
  }
#endif

  std::string_view bytes_;
  std::size_t next_;         // first byte not looked at
  std::size_t begin_ = 0;    // of the bytes that `found_` speaks of
  std::uint64_t found_ = 0;  // marks in them that were not given out
};

}  // namespace rondo::data
