// From the master seed to the keys of streams: SHA-256 over a length-prefixed tuple (see README.md for its
// bytes).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/base/ids.h"

namespace rondo::random {

// Key of a Philox4x32-10 generator: the first 8 bytes of the digest, little-endian.
using Key = Strong<struct KeyTag, std::uint64_t>;

// What a key is for. The names enter the digest.
enum class Domain { data, sampler, trial, final_training };
[[nodiscard]] std::string_view domain_name(Domain domain);

struct Derivation {
  std::string preimage;  // the bytes that are hashed
  Digest digest{};
  Key key;
};

// `trial` is empty for what belongs to no trial (the split, the sampler's own draws).
[[nodiscard]] Derivation derive(MasterSeed seed, Domain domain, std::optional<TrialId> trial = std::nullopt,
                                std::uint32_t fold = 0, std::uint32_t repeat = 0);
[[nodiscard]] Key derive_key(MasterSeed seed, Domain domain, std::optional<TrialId> trial = std::nullopt,
                             std::uint32_t fold = 0, std::uint32_t repeat = 0);

}  // namespace rondo::random
