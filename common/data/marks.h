// Finds the bytes that mean something in a table, eight bytes at a time.
#pragma once

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
      begin_ = next_;
      next_ += sizeof(std::uint64_t);
      found_ = marks_in(word_at(begin_));
    }
    const auto place = static_cast<std::size_t>(std::countr_zero(found_)) / 8;
    found_ &= found_ - 1;
    return begin_ + place;
  }

 private:
  static constexpr std::uint64_t every_byte = 0x0101010101010101U;

  // The first byte in the lowest bits on every machine; zeros behind the end.
  [[nodiscard]] std::uint64_t word_at(std::size_t begin) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + begin, std::min(sizeof word, bytes_.size() - begin));
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
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

  std::string_view bytes_;
  std::size_t next_;         // first byte not looked at
  std::size_t begin_ = 0;    // of the word that `found_` speaks of
  std::uint64_t found_ = 0;  // marks in it that were not given out
};

}  // namespace rondo::data
