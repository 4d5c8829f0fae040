#include "common/random/seeds.h"

#include <cstddef>

#include "common/base/check.h"
#include "common/base/versions.h"

namespace rondo::random {

namespace {

// One field of the tuple: its length in one byte, then the bytes.
void append_field(std::string& preimage, std::string_view bytes) {
  RONDO_CHECK(bytes.size() < 256);
  preimage += static_cast<char>(bytes.size());
  preimage += bytes;
}

template <class Number>
void append_number(std::string& preimage, Number value) {
  std::string bytes(sizeof value, '\0');
  for (std::size_t i = 0; i < sizeof value; ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 255);
  append_field(preimage, bytes);
}

}  // namespace

std::string_view domain_name(Domain domain) {
  switch (domain) {
    case Domain::data:
      return "data";
    case Domain::sampler:
      return "sampler";
    case Domain::trial:
      return "trial";
    case Domain::final_training:
      return "final";
  }
  RONDO_CHECK(false, "domain {}", static_cast<int>(domain));
}

Derivation derive(MasterSeed seed, Domain domain, std::optional<TrialId> trial, std::uint32_t fold,
                  std::uint32_t repeat) {
  Derivation derivation;
  append_number(derivation.preimage, seed_scheme_version);
  append_number(derivation.preimage, seed.value());
  append_field(derivation.preimage, domain_name(domain));
  if (trial) {
    append_number(derivation.preimage, trial->value());
  } else {
    append_field(derivation.preimage, {});
  }
  append_number(derivation.preimage, fold);
  append_number(derivation.preimage, repeat);
  derivation.digest = sha256(derivation.preimage);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key |= std::uint64_t{derivation.digest[i]} << (8 * i);
  derivation.key = Key(key);
  return derivation;
}

Key derive_key(MasterSeed seed, Domain domain, std::optional<TrialId> trial, std::uint32_t fold,
               std::uint32_t repeat) {
  return derive(seed, domain, trial, fold, repeat).key;
}

}  // namespace rondo::random
