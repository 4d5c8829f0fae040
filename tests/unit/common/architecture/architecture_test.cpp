#include "common/architecture/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>
#include <vector>

#include "common/base/error.h"
#include "tests/unit/common/architecture/networks.h"

namespace rondo {
namespace {

using testing::from_hex;
using ::testing::HasSubstr;
using testing::image_network;
using testing::large_network;
using testing::small_network;
using testing::small_network_hex;

std::string refusal(std::string_view bytes) {
  try {
    (void)parse_architecture(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(CanonicalBytes, AreTheOnesWorkedOutByHand) {
  EXPECT_EQ(canonical_bytes(small_network()), from_hex(small_network_hex));
  // Two blocks (a8 02: 300), gelu, batch norm, 0.5; sgd, 0.25, momentum 0.75; 128; he_normal.
  EXPECT_EQ(canonical_bytes(large_network(proto::OPTIMIZER_KIND_SGD)),
            from_hex("0a0c 08ac02 1003 1801 250000003f 0a0b 0805 1003 1801 250000003f"
                     "120c 0802 150000803e 250000403f 188001 2001"));
  // No block; the optimizer stands there even when it has nothing to say.
  proto::Architecture linear;
  linear.set_batch_size(32);
  EXPECT_EQ(canonical_bytes(linear), from_hex("1200 1820"));
}

// 16 filters, kernel 3, separable, batch norm, gelu_tanh, pool 2, 0.5; then the average and layer norm.
TEST(CanonicalBytes, HoldConvolutions) {
  EXPECT_EQ(canonical_bytes(image_network()),
            from_hex("0a04 0808 2801 1205150ad7233c 1820"
                     "2a11 0810 1003 1801 2001 2805 3002 3d0000003f 2a06 0804 1005 3001 3001"));
  EXPECT_EQ(parse_architecture(canonical_bytes(image_network())).DebugString(),
            image_network().DebugString());
}

TEST(CanonicalBytes, DoNotShowAnAverageOfNothingOrTwoNorms) {
  proto::Architecture network = small_network();
  network.set_global_average(true);
  EXPECT_EQ(canonical_bytes(network), from_hex(small_network_hex));
  network.mutable_blocks(0)->set_batch_norm(true);
  const std::string bytes = canonical_bytes(network);
  network.mutable_blocks(0)->set_layer_norm(true);
  EXPECT_EQ(canonical_bytes(network), bytes);
  network = image_network();
  network.mutable_convolutions(1)->set_dropout(-0.0F);
  EXPECT_EQ(canonical_bytes(network), canonical_bytes(image_network()));
}

// Expected: sha256sum of the bytes above.
TEST(CanonicalBytes, HaveTheirSha256AsContentDigest) {
  EXPECT_EQ(to_hex(content_digest(from_hex(small_network_hex))),
            "0cf6cc538c4f18fe03cbe6c419d4897bfd0f82c3abf8a8a05e1bcf0d2f17a113");
  EXPECT_EQ(to_hex(content_digest(from_hex("1200 1820"))),
            "42f516e18ba1c4c277887c0bd97d8f3bd8a893c9953ef26fabab03f5e407d01e");
}

TEST(CanonicalBytes, DoNotShowWhatDoesNotApply) {
  proto::Architecture network = small_network();
  network.mutable_optimizer()->set_weight_decay(0.5F);
  network.mutable_optimizer()->set_momentum(0.5F);
  EXPECT_EQ(canonical_bytes(network), from_hex(small_network_hex));
  EXPECT_EQ(canonical(network).optimizer().weight_decay(), 0);
  EXPECT_EQ(canonical(network).optimizer().momentum(), 0);

  network.mutable_optimizer()->set_kind(proto::OPTIMIZER_KIND_ADAMW);
  EXPECT_EQ(canonical(network).optimizer().weight_decay(), 0.5F);
  EXPECT_EQ(canonical(network).optimizer().momentum(), 0);

  network.mutable_optimizer()->set_kind(proto::OPTIMIZER_KIND_SGD);
  EXPECT_EQ(canonical(network).optimizer().weight_decay(), 0);
  EXPECT_EQ(canonical(network).optimizer().momentum(), 0.5F);
}

TEST(CanonicalBytes, KnowOneZero) {
  for (const proto::OptimizerKind kind :
       {proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_ADAMW, proto::OPTIMIZER_KIND_SGD}) {
    proto::Architecture network = small_network();
    network.mutable_optimizer()->set_kind(kind);
    network.mutable_optimizer()->set_learning_rate(0);
    const std::string bytes = canonical_bytes(network);
    network.mutable_blocks(0)->set_dropout(-0.0F);
    network.mutable_optimizer()->set_learning_rate(-0.0F);
    network.mutable_optimizer()->set_weight_decay(-0.0F);
    network.mutable_optimizer()->set_momentum(-0.0F);
    EXPECT_EQ(canonical_bytes(network), bytes);
  }
}

TEST(CanonicalBytes, DropUnknownFields) {
  proto::Architecture network;
  ASSERT_TRUE(network.ParseFromString(from_hex(small_network_hex) + from_hex("7801")));
  EXPECT_EQ(canonical_bytes(network), from_hex(small_network_hex));
}

TEST(ParseArchitecture, GivesBackWhatWasWritten) {
  for (const proto::OptimizerKind kind :
       {proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_ADAMW, proto::OPTIMIZER_KIND_SGD}) {
    const proto::Architecture network = large_network(kind);
    const proto::Architecture read = parse_architecture(canonical_bytes(network));
    EXPECT_EQ(canonical_bytes(read), canonical_bytes(network));
    EXPECT_EQ(read.DebugString(), network.DebugString());
  }
}

TEST(ParseArchitecture, RefusesEveryOtherForm) {
  const struct {
    const char* what;
    const char* hex;
  } cases[] = {
      {"nothing", ""},
      {"an unknown field", "0a020808 1205150ad7233c 1820 7801"},
      {"an unknown field in a block", "0a0408087801 1205150ad7233c 1820"},
      {"a longer varint", "0a03088800 1205150ad7233c 1820"},
      {"a longer length", "0a82000808 1205150ad7233c 1820"},
      {"a longer tag", "8a00020808 1205150ad7233c 1820"},
      {"another order", "0a020808 1820 1205150ad7233c"},
      {"another order in the optimizer", "0a020808 1207 150ad7233c 0802 1820"},
      {"a value twice", "0a020808 1205150ad7233c 1820 1820"},
      {"the optimizer in two parts", "0a020808 12020801 1205150ad7233c 1820"},
      {"a default written out", "0a020808 1205150ad7233c 1820 2000"},
      {"a zero learning rate written out", "0a020808 12051500000000 1820"},
      {"-0 as learning rate", "0a020808 12051500000080 1820"},
      {"-0 as dropout", "0a070808 2500000080 1205150ad7233c 1820"},
      {"no optimizer", "0a020808 1820"},
      {"weight decay without adamw", "0a020808 120a150ad7233c1d0000003f 1820"},
      {"momentum without sgd", "0a020808 120a150ad7233c250000003f 1820"},
      {"momentum with adamw", "0a020808 120c0801150ad7233c250000003f 1820"},
      {"weight decay with sgd", "0a020808 120c0802150ad7233c1d0000003f 1820"},
      {"a wire type of another kind", "0a020808 1205150ad7233c 1d20000000"},
      {"a batch size above 32 bits", "0a020808 1205150ad7233c 18a080808010"},
  };
  EXPECT_EQ(refusal(from_hex(small_network_hex)), "accepted");
  for (const auto& [what, hex] : cases) EXPECT_NE(refusal(from_hex(hex)), "accepted") << what;
}

TEST(ParseArchitecture, RefusesEveryPrefixAndEveryTail) {
  for (const proto::OptimizerKind kind : {proto::OPTIMIZER_KIND_ADAM, proto::OPTIMIZER_KIND_SGD}) {
    proto::Architecture network = large_network(kind);
    network.set_initialization(proto::INITIALIZATION_GLOROT_UNIFORM);
    const std::string bytes = canonical_bytes(network);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_NE(refusal(bytes.substr(0, size)), "accepted") << size;
    for (int tail = 0; tail < 256; ++tail)
      EXPECT_NE(refusal(bytes + static_cast<char>(tail)), "accepted") << tail;
  }
}

// A changed byte is either refused or another network, in its own canonical form.
TEST(ParseArchitecture, NoTwoRowsOfBytesAreOneNetwork) {
  const std::string bytes = canonical_bytes(large_network(proto::OPTIMIZER_KIND_ADAMW));
  std::set<std::string> networks = {describe(parse_architecture(bytes))};
  int accepted = 0;
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (int change = 1; change < 256; ++change) {
      std::string changed = bytes;
      changed[place] = static_cast<char>(changed[place] ^ change);
      try {
        const proto::Architecture network = parse_architecture(changed);
        EXPECT_EQ(canonical_bytes(network), changed);
        EXPECT_TRUE(networks.insert(describe(network)).second) << describe(network);
        ++accepted;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt);
      }
    }
  }
  EXPECT_GT(accepted, 500);
}

// One value of a network that is otherwise in order.
using Change = std::function<void(proto::Architecture&)>;

std::string result(const Change& change) {
  proto::Architecture network = large_network(proto::OPTIMIZER_KIND_ADAM);
  change(network);
  return refusal(canonical_bytes(network));
}
Change dropout(float value) {
  return [=](proto::Architecture& network) { network.mutable_blocks(1)->set_dropout(value); };
}
Change units(std::uint32_t value) {
  return [=](proto::Architecture& network) { network.mutable_blocks(0)->set_units(value); };
}
Change rate(float value) {
  return [=](proto::Architecture& network) { network.mutable_optimizer()->set_learning_rate(value); };
}
Change decay(float value) {
  return [=](proto::Architecture& network) {
    network.mutable_optimizer()->set_kind(proto::OPTIMIZER_KIND_ADAMW);
    network.mutable_optimizer()->set_weight_decay(value);
  };
}
Change momentum(float value) {
  return [=](proto::Architecture& network) {
    network.mutable_optimizer()->set_kind(proto::OPTIMIZER_KIND_SGD);
    network.mutable_optimizer()->set_momentum(value);
  };
}
Change batch(std::uint32_t value) {
  return [=](proto::Architecture& network) { network.set_batch_size(value); };
}
Change blocks(int count) {
  return [=](proto::Architecture& network) {
    network.clear_blocks();
    for (int i = 0; i < count; ++i) network.add_blocks()->set_units(1);
  };
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(ParseArchitecture, AcceptsTheEndsOfEveryRange) {
  const std::vector<Change> changes = {dropout(0),
                                       dropout(0.95F),
                                       units(1),
                                       units(65536),
                                       rate(0),
                                       rate(std::numeric_limits<float>::max()),
                                       rate(std::numeric_limits<float>::denorm_min()),
                                       decay(0),
                                       decay(1e30F),
                                       momentum(0),
                                       momentum(0x1.fffffep-1F),
                                       batch(1),
                                       batch(1048576),
                                       blocks(0),
                                       blocks(64)};
  for (const Change& change : changes) EXPECT_EQ(result(change), "accepted");
}

TEST(ParseArchitecture, RefusesWhatLiesBeyondThem) {
  EXPECT_THAT(result(blocks(65)), HasSubstr("too many blocks"));
  for (const std::uint32_t value : {0U, 65537U}) EXPECT_THAT(result(units(value)), HasSubstr("units"));
  for (const std::uint32_t value : {0U, 1048577U}) EXPECT_THAT(result(batch(value)), HasSubstr("batch size"));
  for (const float value : {-0.25F, 0.951F, nan, infinity}) {
    EXPECT_THAT(result(dropout(value)), HasSubstr("dropout"));
  }
  for (const float value : {-1.0F, nan, infinity, -infinity}) {
    EXPECT_THAT(result(rate(value)), HasSubstr("learning rate"));
    EXPECT_THAT(result(decay(value)), HasSubstr("weight decay"));
  }
  for (const float value : {-0.5F, 1.0F, 2.0F, nan, infinity}) {
    EXPECT_THAT(result(momentum(value)), HasSubstr("momentum"));
  }
  const Change activation = [](proto::Architecture& network) {
    network.mutable_blocks(0)->set_activation(static_cast<proto::Activation>(6));
  };
  const Change optimizer = [](proto::Architecture& network) {
    network.mutable_optimizer()->set_kind(static_cast<proto::OptimizerKind>(-1));
  };
  const Change initialization = [](proto::Architecture& network) {
    network.set_initialization(static_cast<proto::Initialization>(2));
  };
  EXPECT_THAT(result(activation), HasSubstr("activation"));
  EXPECT_THAT(result(optimizer), HasSubstr("optimizer"));
  EXPECT_THAT(result(initialization), HasSubstr("initialization"));
}

TEST(ParseArchitecture, RefusesConvolutionsOutOfRange) {
  const auto refused = [](const std::function<void(proto::ConvolutionBlock&)>& change) {
    proto::Architecture network = image_network();
    change(*network.mutable_convolutions(1));
    return refusal(canonical_bytes(network));
  };
  const struct {
    const char* what;
    void (proto::ConvolutionBlock::*set)(std::uint32_t);
    std::vector<std::uint32_t> good;
    std::vector<std::uint32_t> bad;
  } ranges[] = {{"filters", &proto::ConvolutionBlock::set_filters, {1, 4096}, {0, 4097}},
                {"kernel", &proto::ConvolutionBlock::set_kernel, {1, 63}, {0, 2, 64, 65}},
                {"pool", &proto::ConvolutionBlock::set_pool, {1, 64}, {0, 65}}};
  for (const auto& range : ranges) {
    for (const std::uint32_t value : range.good)
      EXPECT_EQ(refused([&](auto& block) { (block.*range.set)(value); }), "accepted") << range.what << value;
    for (const std::uint32_t value : range.bad)
      EXPECT_THAT(refused([&](auto& block) { (block.*range.set)(value); }), HasSubstr(range.what)) << value;
  }
  EXPECT_THAT(refused([](auto& block) { block.set_dropout(0.96F); }), HasSubstr("dropout"));
  EXPECT_THAT(refused([](auto& block) { block.set_activation(static_cast<proto::Activation>(6)); }),
              HasSubstr("activation"));
  proto::Architecture many = image_network();
  while (many.convolutions_size() < 64) *many.add_convolutions() = many.convolutions(0);
  EXPECT_EQ(refusal(canonical_bytes(many)), "accepted");
  *many.add_convolutions() = many.convolutions(0);
  EXPECT_THAT(refusal(canonical_bytes(many)), HasSubstr("too many convolutions"));
}

TEST(Describe, IsOneLineForPeople) {
  EXPECT_EQ(describe(small_network()), "8 relu | adam 0.01 | batch 32");
  EXPECT_EQ(describe(large_network(proto::OPTIMIZER_KIND_SGD)),
            "300 gelu bn drop 0.5 > 5 gelu bn drop 0.5 | sgd 0.25 momentum 0.75 | batch 128 | he_normal");
  EXPECT_EQ(describe(large_network(proto::OPTIMIZER_KIND_ADAMW)),
            "300 gelu bn drop 0.5 > 5 gelu bn drop 0.5 | adamw 0.25 decay 0.125 | batch 128 | he_normal");
  proto::Architecture network = small_network();
  network.mutable_blocks(0)->set_activation(proto::ACTIVATION_TANH);
  network.add_blocks()->set_units(2);
  network.mutable_blocks(1)->set_activation(proto::ACTIVATION_SIGMOID);
  network.mutable_blocks(1)->set_batch_norm(true);
  EXPECT_EQ(describe(network), "8 tanh > 2 sigmoid bn | adam 0.01 | batch 32");
  network.mutable_blocks(0)->set_activation(proto::ACTIVATION_SOFTPLUS);
  network.clear_blocks();
  EXPECT_EQ(describe(network), "linear | adam 0.01 | batch 32");
  EXPECT_EQ(
      describe(image_network()),
      "16 sep 3 gelu_tanh bn pool 2 drop 0.5 > 4 conv 5 relu > average > 8 relu ln | adam 0.01 | batch 32");
}

}  // namespace
}  // namespace rondo
