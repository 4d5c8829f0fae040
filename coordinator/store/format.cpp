#include "coordinator/store/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/check.h"

namespace rondo::store {

namespace {

std::uint32_t header_check(std::string_view sequence_and_length) {
  return static_cast<std::uint32_t>(xxh3_64(sequence_and_length));
}

// Where the zeros at the end of the file start.
std::size_t trailing_zeros(std::string_view bytes) {
  const std::size_t last = bytes.find_last_not_of('\0');
  return last == std::string_view::npos ? 0 : last + 1;
}

// Whether the file's blocks from somewhere before `limit` on were never written: zeros to the end, either
// many or from a sector's start. A checksum can end with a zero byte by itself, so a single one proves
// nothing.
bool zero_filled(std::string_view bytes, std::size_t limit) {
  const std::size_t zeros = trailing_zeros(bytes);
  if (zeros >= limit) return false;
  const std::size_t sector = (zeros + sector_size - 1) / sector_size * sector_size;
  return bytes.size() - zeros >= zero_run || sector < std::min(limit, bytes.size());
}

Frame failed(FrameStatus status, std::string what) {
  Frame frame;
  frame.status = status;
  frame.what = std::move(what);
  return frame;
}

}  // namespace

void put_u32(std::string& bytes, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(value >> shift & 0xFFU));
}

void put_u64(std::string& bytes, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(value >> shift & 0xFFU));
}

std::uint64_t get_u64(std::string_view bytes) {
  RONDO_CHECK(bytes.size() >= 8);
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

std::uint32_t get_u32(std::string_view bytes) {
  RONDO_CHECK(bytes.size() >= 4);
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

Digest chain_start(std::string_view payload) {
  return sha256(payload);
}

Digest chain_next(const Digest& previous, std::string_view payload) {
  return Sha256().update(std::as_bytes(std::span(previous))).update(payload).finish();
}

void append_frame(std::string& bytes, std::uint64_t sequence, std::string_view payload, const Digest& chain) {
  RONDO_CHECK(payload.size() <= largest_payload, "payload of {} bytes", payload.size());
  const std::size_t start = bytes.size();
  put_u64(bytes, sequence);
  put_u32(bytes, static_cast<std::uint32_t>(payload.size()));
  put_u32(bytes, header_check(std::string_view(bytes).substr(start)));
  bytes.append(payload);
  put_u64(bytes, xxh3_64(payload));
  bytes.append(to_bytes(chain));
}

Frame read_frame(std::string_view bytes, std::size_t offset, std::uint64_t sequence,
                 const std::optional<Digest>& previous) {
  RONDO_CHECK(offset <= bytes.size(), "offset {} of {}", offset, bytes.size());
  const std::string_view rest = bytes.substr(offset);
  if (rest.empty()) return {};
  if (rest.size() < frame_header_size) {
    return failed(FrameStatus::torn, fmt::format("{} bytes of a header", rest.size()));
  }
  if (get_u32(rest.substr(12)) != header_check(rest.substr(0, 12))) {
    if (zero_filled(bytes, offset + frame_header_size)) {
      return failed(FrameStatus::torn, "a header that was never written whole (zeros to the end)");
    }
    return failed(FrameStatus::corrupt, "its header is damaged (check of sequence and length)");
  }
  const std::uint64_t found = get_u64(rest);
  if (found != sequence) {
    return failed(FrameStatus::corrupt,
                  fmt::format("it carries the number {}: records are missing, repeated or swapped", found));
  }
  const std::uint32_t length = get_u32(rest.substr(8));
  if (length > largest_payload) {
    return failed(FrameStatus::corrupt, fmt::format("it claims a payload of {} bytes", length));
  }
  Frame frame;
  frame.size = frame_overhead + length;
  if (rest.size() < frame.size) {
    return failed(FrameStatus::torn, fmt::format("{} of its {} bytes", rest.size(), frame.size));
  }
  frame.payload = rest.substr(frame_header_size, length);
  const std::string_view trailer = rest.substr(frame_header_size + length, frame_trailer_size);
  frame.chain = previous ? chain_next(*previous, frame.payload) : chain_start(frame.payload);
  const bool payload_right = get_u64(trailer) == xxh3_64(frame.payload);
  if (!payload_right || trailer.substr(8) != to_bytes(frame.chain)) {
    if (zero_filled(bytes, offset + frame.size)) {
      return failed(FrameStatus::torn, "a record that was never written whole (zeros to the end)");
    }
    return failed(FrameStatus::corrupt,
                  payload_right
                      ? "its hash does not follow from the record before it: a record was altered or replaced"
                      : "its payload is damaged (checksum)");
  }
  frame.status = FrameStatus::whole;
  return frame;
}

}  // namespace rondo::store
