#include "common/base/digest.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace rondo {
namespace {

// "abc", the 448-bit message and a million a: FIPS 180-4's examples of SHA-256 (NIST, "SHA256.pdf" and FIPS
// 180-2, appendix B). The empty message: NIST's SHA test vectors (SHA256ShortMsg.rsp, Len = 0).
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesAreCut) {
  const std::string text(300, 'x');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Sha256().update(text.substr(0, cut)).update(text.substr(cut)).finish(), sha256(text)) << cut;
  }
}

TEST(Sha256, NumbersAreLittleEndian) {
  EXPECT_EQ(Sha256().update_u32(0x04030201).update_u64(0x0c0b0a0908070605).finish(),
            sha256("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"));
  EXPECT_EQ(Sha256().update_u32(0).finish(), sha256(std::string(4, '\0')));
}

TEST(Sha256, CanBeMoved) {
  Sha256 first;
  first.update("ab");
  Sha256 second = std::move(first);
  EXPECT_EQ(second.update("c").finish(), sha256("abc"));
}

// The buffer of xxHash's own sanity check: the high bytes of 2654435761 · 11400714785074694797^i.
std::string sanity_buffer(std::size_t length) {
  std::string bytes;
  std::uint64_t generator = 2654435761U;
  for (std::size_t i = 0; i < length; ++i) {
    bytes += static_cast<char>(generator >> 56);
    generator *= 11400714785074694797U;
  }
  return bytes;
}

// XXH128 with seed 0, high half first: table XSUM_XXH128_testdata in cli/xsum_sanity_check.c of xxHash
// (https://github.com/Cyan4973/xxHash, commit b2e9dbb05fb7f45ad662e67969e92c48b9b32247). Lengths of every
// branch.
TEST(Xxh3, GivesXxHashsOwnTestValues) {
  const struct {
    std::size_t length;
    const char* expected;
  } known[] = {{0, "99aa06d3014798d86001c324468d497f"},    {1, "a6cd5e9392000f6ac44bdff4074eecdb"},
               {6, "082afe0b8162d12a3e7039bdda43cfc6"},    {12, "6e3efd8fc7802b18061a192713f69ad9"},
               {24, "0ce966e4678d37611e7044d28b1b901d"},   {48, "a002ac4e5478227ef942219aed80f67b"},
               {81, "4952f58181ab00425e8bafb9f95fb803"},   {222, "337e09641b948717f1aebd597cec6b3a"},
               {403, "1b6de21e332dd73dcdeb804d65c6dea4"},  {512, "18d2d110dcc9bca1617e49599013cb6b"},
               {2048, "f736557fd47073a5dd59e2c3a5f038e0"}, {2240, "ccb134fbfa7ce49d6e73a90539cf2948"},
               {2367, "e89c0f6ff369b427cb37aeb9e5d361ed"}};
  for (const auto& one : known) {
    const std::string bytes = sanity_buffer(one.length);
    EXPECT_EQ(to_hex(Xxh3().update(std::as_bytes(std::span(bytes))).finish()), one.expected) << one.length;
  }
}

TEST(Xxh3, DoesNotDependOnHowTheBytesAreCut) {
  const std::string bytes = sanity_buffer(700);
  const auto all = std::as_bytes(std::span(bytes));
  const Fingerprint whole = Xxh3().update(all).finish();
  for (std::size_t cut = 0; cut <= all.size(); cut += 7) {
    EXPECT_EQ(Xxh3().update(all.first(cut)).update(all.subspan(cut)).finish(), whole) << cut;
  }
}

// XXH3 with 64 bits of nothing: the same file's table XSUM_XXH3_testdata.
TEST(Xxh3, SixtyFourBitsOfNothing) {
  EXPECT_EQ(xxh3_64(""), 0x2d06800538d394c2u);
}

TEST(Digests, AsTextAndBytes) {
  const std::vector<std::uint8_t> bytes{0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(to_bytes(bytes), std::string("\x00\x0f\xa0\xff", 4));
  const Digest digest = sha256("abc");
  EXPECT_EQ(digest_from_bytes(to_bytes(digest)), digest);
  Fingerprint fingerprint{};
  for (std::size_t i = 0; i < fingerprint.size(); ++i) fingerprint[i] = static_cast<std::uint8_t>(16 * i + 1);
  EXPECT_EQ(fingerprint_from_bytes(to_bytes(fingerprint)), fingerprint);
}

TEST(Digests, OfAnotherLengthAreCorrupt) {
  for (const std::size_t length : {0U, 15U, 16U, 17U, 31U, 33U}) {
    try {
      static_cast<void>(digest_from_bytes(std::string(length, 'x')));
      ADD_FAILURE() << length;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      EXPECT_NE(std::string(error.what()).find("of " + std::to_string(length) + " bytes"), std::string::npos);
    }
    if (length != 16) {
      EXPECT_THROW(static_cast<void>(fingerprint_from_bytes(std::string(length, 'x'))), Error);
    }
  }
}

}  // namespace
}  // namespace rondo
