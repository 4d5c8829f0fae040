// Constants and framing of journal.rondo and final.rondo. FORMAT.md beside this file is the format's page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/digest.h"

namespace rondo::store {

inline constexpr std::string_view journal_magic = "RONDOJ1\n";
inline constexpr std::string_view final_magic = "RONDOF1\n";
inline constexpr std::size_t magic_size = 8;

// sequence u64 | length u32 | header check u32 | payload | payload check u64 | chain 32 bytes; little-endian.
inline constexpr std::size_t frame_header_size = 16;
inline constexpr std::size_t frame_trailer_size = 40;
inline constexpr std::size_t frame_overhead = frame_header_size + frame_trailer_size;
inline constexpr std::uint32_t largest_payload = 64U << 20U;

// Trailing zeros that count as blocks which a crash left unwritten: this many, or all from a sector's start.
inline constexpr std::size_t zero_run = 16;
inline constexpr std::size_t sector_size = 512;

void put_u32(std::string& bytes, std::uint32_t value);
void put_u64(std::string& bytes, std::uint64_t value);
// The first 4 or 8 bytes, little-endian; there must be that many.
[[nodiscard]] std::uint32_t get_u32(std::string_view bytes);
[[nodiscard]] std::uint64_t get_u64(std::string_view bytes);

// The hash of a chain's first record, and of one that follows `previous`.
[[nodiscard]] Digest chain_start(std::string_view payload);
[[nodiscard]] Digest chain_next(const Digest& previous, std::string_view payload);

void append_frame(std::string& bytes, std::uint64_t sequence, std::string_view payload, const Digest& chain);

enum class FrameStatus {
  whole,    // header, payload, payload check and chain are right
  end,      // nothing is left: the file ends with a whole record
  torn,     // an append that a crash interrupted: cut short, or zeros from there to the end
  corrupt,  // anything else
};

struct Frame {
  FrameStatus status = FrameStatus::end;
  std::string_view payload;  // into the file's bytes; whole only
  Digest chain{};            // whole only
  std::size_t size = 0;      // bytes in the file; whole only
  std::string what;          // torn and corrupt: what is wrong
};

// The frame that starts at `offset` of the whole file `bytes` and should have this sequence number and follow
// the chain hash `previous` (nothing: it starts a chain).
[[nodiscard]] Frame read_frame(std::string_view bytes, std::size_t offset, std::uint64_t sequence,
                               const std::optional<Digest>& previous);

}  // namespace rondo::store
