#include "common/experiment/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rondo {

namespace {

struct Lead {
  std::size_t following = 0;
  std::uint8_t second_low = 0x80;  // bounds of the second byte; later ones are 0x80 … 0xbf
  std::uint8_t second_high = 0xbf;
  bool valid = true;
};

Lead lead_of(std::uint8_t byte) {
  if (byte < 0x80) return {};
  if (byte >= 0xc2 && byte <= 0xdf) return {.following = 1};
  if (byte == 0xe0) return {.following = 2, .second_low = 0xa0};
  if (byte == 0xed) return {.following = 2, .second_high = 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {.following = 2};
  if (byte == 0xf0) return {.following = 3, .second_low = 0x90};
  if (byte == 0xf4) return {.following = 3, .second_high = 0x8f};
  if (byte >= 0xf1 && byte <= 0xf3) return {.following = 3};
  return {.valid = false};
}

// Bytes of ASCII at the beginning, in whole words of eight: most of most texts.
std::size_t ascii_from(std::string_view bytes) {
  std::size_t count = 0;
  for (std::uint64_t word = 0; bytes.size() - count >= sizeof word; count += sizeof word) {
    std::memcpy(&word, bytes.data() + count, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  return count;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    i += ascii_from(bytes.substr(i));
    if (i == bytes.size()) break;
    const Lead lead = lead_of(static_cast<std::uint8_t>(bytes[i++]));
    if (!lead.valid || bytes.size() - i < lead.following) return false;
    for (std::size_t k = 0; k < lead.following; ++k) {
      const auto byte = static_cast<std::uint8_t>(bytes[i++]);
      if (byte < (k == 0 ? lead.second_low : 0x80) || byte > (k == 0 ? lead.second_high : 0xbf)) return false;
    }
  }
  return true;
}

std::string readable(std::string text) {
  if (is_utf8(text)) return text;
  for (char& byte : text) {
    if (static_cast<unsigned char>(byte) >= 0x80) byte = '?';
  }
  return text;
}

}  // namespace rondo
