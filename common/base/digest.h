// SHA-256 for what must not be forged or confused (chains, keys, identities), XXH3-128 for fast fingerprints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace rondo {

using Digest = std::array<std::uint8_t, 32>;       // SHA-256 (FIPS 180-4)
using Fingerprint = std::array<std::uint8_t, 16>;  // XXH3-128 in its canonical (big-endian) form

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view bytes);
  Sha256& update_u32(std::uint32_t value);  // little-endian
  Sha256& update_u64(std::uint64_t value);  // little-endian
  // The digest of everything so far. The object must not be updated afterwards.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Xxh3 {
 public:
  Xxh3();
  ~Xxh3();
  Xxh3(Xxh3&&) noexcept;
  Xxh3& operator=(Xxh3&&) noexcept;

  Xxh3& update(std::span<const std::byte> bytes);
  [[nodiscard]] Fingerprint finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] std::uint64_t xxh3_64(std::string_view bytes);

// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
// The raw bytes, for a protobuf field of type bytes.
[[nodiscard]] std::string to_bytes(std::span<const std::uint8_t> bytes);
// The digest whose raw bytes these are. Throws Error(corrupt) when the length is not 32.
[[nodiscard]] Digest digest_from_bytes(std::string_view bytes);
[[nodiscard]] Fingerprint fingerprint_from_bytes(std::string_view bytes);

}  // namespace rondo
