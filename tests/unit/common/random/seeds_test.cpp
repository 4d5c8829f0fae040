#include "common/random/seeds.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "common/base/versions.h"

namespace rondo::random {
namespace {

constexpr std::uint64_t most64 = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t most32 = std::numeric_limits<std::uint32_t>::max();

std::string hex(const std::string& bytes) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

struct Known {
  Derivation derivation;
  const char* preimage;
  const char* digest;
  std::uint64_t key;
};

// Preimages put together and hashed with Python: f = lambda b: bytes([len(b)]) + b;
// p = f(pack('<I', 1)) + f(pack('<Q', seed)) + f(domain) + f(b'' or pack('<Q', trial)) + f(pack('<I', fold))
// + f(pack('<I', repeat)); hashlib.sha256(p).hexdigest(); the key is unpack('<Q', digest[:8]).
TEST(Seeds, AreTheFirstBytesOfSha256OverTheTuple) {
  ASSERT_EQ(seed_scheme_version, 1u) << "another version has other known answers";
  const Known known[] = {
      {derive(MasterSeed(0), Domain::data), "040100000008000000000000000004646174610004000000000400000000",
       "249e4a05bb49d7ec252b2a231fa0c8f24837d4bbee9ba9659173713de7776b5b", 0xecd749bb054a9e24},
      {derive(MasterSeed(0), Domain::sampler),
       "04010000000800000000000000000773616d706c65720004000000000400000000",
       "f83e6fb72465c5890045ab15547c6984af96df51d894d7fa5942ab30e79d338e", 0x89c56524b76f3ef8},
      {derive(MasterSeed(0), Domain::sampler, TrialId(0)),
       "04010000000800000000000000000773616d706c657208000000000000000004000000000400000000",
       "d5e999a5c2ff0d7d33196f331d020813d23cb15ea8db37dc68ccd0d8f525255b", 0x7d0dffc2a599e9d5},
      {derive(MasterSeed(42), Domain::trial, TrialId(3)),
       "0401000000082a0000000000000005747269616c08030000000000000004000000000400000000",
       "a26c6342ec75c8b28b83724ece7a0b3e29576f820246fed4e26be3e5d2f1a66f", 0xb2c875ec42636ca2},
      {derive(MasterSeed(most64), Domain::final_training, TrialId(most64), most32, 1),
       "040100000008ffffffffffffffff0566696e616c08ffffffffffffffff04ffffffff0401000000",
       "b682b8e9381be7cecec3cd69b6ff99c49c659da0ab80878596367e789bf7ec7b", 0xcee71b38e9b882b6},
  };
  for (const Known& one : known) {
    EXPECT_EQ(hex(one.derivation.preimage), one.preimage);
    EXPECT_EQ(to_hex(one.derivation.digest), one.digest);
    EXPECT_EQ(one.derivation.key, Key(one.key));
  }
}

TEST(Seeds, DeriveKeyIsTheKeyOfDerive) {
  EXPECT_EQ(derive_key(MasterSeed(7), Domain::trial, TrialId(1), 2, 3),
            derive(MasterSeed(7), Domain::trial, TrialId(1), 2, 3).key);
}

TEST(Seeds, EveryFieldTellsKeysApart) {
  std::set<Key> keys;
  std::size_t count = 0;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{256}, most64}) {
    for (const Domain domain : {Domain::data, Domain::sampler, Domain::trial, Domain::final_training}) {
      for (const std::optional<TrialId> trial : {std::optional<TrialId>(), std::optional(TrialId(0)),
                                                 std::optional(TrialId(1)), std::optional(TrialId(most64))}) {
        for (const std::uint32_t fold : {0U, 1U, most32}) {
          for (const std::uint32_t repeat : {0U, 1U, most32}) {
            keys.insert(derive_key(MasterSeed(seed), domain, trial, fold, repeat));
            ++count;
          }
        }
      }
    }
  }
  EXPECT_EQ(keys.size(), count);
}

TEST(Seeds, DomainsHaveNames) {
  EXPECT_EQ(domain_name(Domain::data), "data");
  EXPECT_EQ(domain_name(Domain::sampler), "sampler");
  EXPECT_EQ(domain_name(Domain::trial), "trial");
  EXPECT_EQ(domain_name(Domain::final_training), "final");
}

}  // namespace
}  // namespace rondo::random
