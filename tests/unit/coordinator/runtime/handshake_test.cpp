#include "coordinator/runtime/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/versions.h"

namespace rondo::runtime {
namespace {

using ::testing::HasSubstr;

proto::Hello good() {
  proto::Hello hello;
  hello.set_protocol(protocol_version);
  hello.mutable_versions()->set_journal(journal_version);
  hello.mutable_versions()->set_numerics(numerics_version);
  hello.mutable_versions()->set_search(search_version);
  hello.mutable_versions()->set_seed_scheme(seed_scheme_version);
  hello.set_numerics_digest(to_bytes(sha256("kernels")));
  return hello;
}

TEST(Handshake, TakesItsLike) {
  EXPECT_EQ(mismatch(good(), sha256("kernels")), std::nullopt);
}

TEST(Handshake, RefusesEveryOtherVersionByName) {
  const auto why = [](auto alter) {
    proto::Hello hello = good();
    alter(hello);
    return mismatch(hello, sha256("kernels")).value_or("accepted");
  };
  EXPECT_THAT(why([](proto::Hello& hello) { hello.set_protocol(77); }), HasSubstr("protocol version is 77"));
  EXPECT_THAT(why([](proto::Hello& hello) { hello.mutable_versions()->set_journal(77); }),
              HasSubstr("journal version"));
  EXPECT_THAT(why([](proto::Hello& hello) { hello.mutable_versions()->set_numerics(77); }),
              HasSubstr("numerics version"));
  EXPECT_THAT(why([](proto::Hello& hello) { hello.mutable_versions()->set_search(77); }),
              HasSubstr("search version"));
  EXPECT_THAT(why([](proto::Hello& hello) { hello.mutable_versions()->set_seed_scheme(77); }),
              HasSubstr("seed scheme version"));
  EXPECT_THAT(why([](proto::Hello& hello) { hello.set_numerics_digest("short"); }), HasSubstr("other bits"));
}

}  // namespace
}  // namespace rondo::runtime
