#include "common/base/digest.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/base/error.h"

namespace rondo {

struct Sha256::State {
  EVP_MD_CTX* context = nullptr;
  State() : context(EVP_MD_CTX_new()) {
    RONDO_CHECK(context != nullptr);
    RONDO_CHECK(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1);
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  RONDO_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Sha256& Sha256::update(std::string_view bytes) {
  return update(std::as_bytes(std::span(bytes)));
}

Sha256& Sha256::update_u32(std::uint32_t value) {
  std::array<std::byte, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  return update(bytes);
}

Sha256& Sha256::update_u64(std::uint64_t value) {
  std::array<std::byte, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  return update(bytes);
}

Digest Sha256::finish() {
  Digest digest{};
  unsigned int length = 0;
  RONDO_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), &length) == 1 && length == digest.size());
  return digest;
}

struct Xxh3::State {
  XXH3_state_t* state = nullptr;
  State() : state(XXH3_createState()) {
    RONDO_CHECK(state != nullptr);
    RONDO_CHECK(XXH3_128bits_reset(state) == XXH_OK);
  }
  ~State() { XXH3_freeState(state); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) {}
Xxh3::~Xxh3() = default;
Xxh3::Xxh3(Xxh3&&) noexcept = default;
Xxh3& Xxh3::operator=(Xxh3&&) noexcept = default;

Xxh3& Xxh3::update(std::span<const std::byte> bytes) {
  RONDO_CHECK(XXH3_128bits_update(state_->state, bytes.data(), bytes.size()) == XXH_OK);
  return *this;
}

Fingerprint Xxh3::finish() {
  XXH128_canonical_t canonical{};
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->state));
  Fingerprint fingerprint{};
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), fingerprint.begin());
  return fingerprint;
}

Digest sha256(std::string_view bytes) {
  return Sha256().update(bytes).finish();
}

std::uint64_t xxh3_64(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string to_bytes(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

namespace {

template <class Array>
Array array_from_bytes(std::string_view bytes) {
  Array result{};
  if (bytes.size() != result.size()) {
    throw_corrupt("a digest of {} bytes stands where one of {} bytes is expected", bytes.size(),
                  result.size());
  }
  std::transform(bytes.begin(), bytes.end(), result.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return result;
}

}  // namespace

Digest digest_from_bytes(std::string_view bytes) {
  return array_from_bytes<Digest>(bytes);
}
Fingerprint fingerprint_from_bytes(std::string_view bytes) {
  return array_from_bytes<Fingerprint>(bytes);
}

}  // namespace rondo
