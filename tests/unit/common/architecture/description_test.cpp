#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "tests/unit/common/architecture/networks.h"

namespace rondo {
namespace {

using ::testing::HasSubstr;
using testing::image_network;
using testing::large_network;
using testing::small_network;

std::string refusal_of(const std::string& line) {
  try {
    return "accepted as " + describe(parse_description(line));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
}

TEST(ParseDescription, ReadsBackWhatDescribePrints) {
  proto::Architecture bare = small_network();
  bare.clear_blocks();
  proto::Architecture odd = small_network();
  odd.mutable_blocks(0)->set_dropout(0.1F);
  odd.mutable_optimizer()->set_learning_rate(1e-5F);
  odd.set_initialization(proto::INITIALIZATION_HE_NORMAL);
  for (const proto::Architecture& network :
       {small_network(), large_network(proto::OPTIMIZER_KIND_SGD), large_network(proto::OPTIMIZER_KIND_ADAMW),
        image_network(), bare, odd}) {
    const std::string line = describe(network);
    EXPECT_EQ(canonical_bytes(parse_description(line)), canonical_bytes(network)) << line;
    EXPECT_EQ(describe(parse_description(line)), line);
  }
  for (int i = 0; i < proto::Activation_ARRAYSIZE; ++i) {
    proto::Architecture network = small_network();
    network.mutable_blocks(0)->set_activation(static_cast<proto::Activation>(i));
    EXPECT_EQ(canonical_bytes(parse_description(describe(network))), canonical_bytes(network));
  }
}

TEST(ParseDescription, BlanksAndTheDefaultInitializationAreFree) {
  EXPECT_EQ(describe(parse_description("  8   relu>4 relu  bn|adam 0.010|batch 32 | glorot_uniform ")),
            "8 relu > 4 relu bn | adam 0.01 | batch 32");
}

TEST(ParseDescription, SaysWhatIsNeededWhere) {
  EXPECT_THAT(refusal_of(""), HasSubstr("LAYER > … | OPTIMIZER | batch N"));
  EXPECT_THAT(refusal_of("8 relu | adam 0.01 | batch 32 | he_normal | more"), HasSubstr("LAYER"));
  EXPECT_EQ(
      refusal_of("8 rely | adam 0.01 | batch 32"),
      "'8 rely': an activation (relu, tanh, sigmoid, gelu, softplus or gelu_tanh) is needed where 'rely' "
      "stands");
  EXPECT_EQ(refusal_of("relu | adam 0.01 | batch 32"),
            "'relu': a number of units or filters is needed where 'relu' stands");
  EXPECT_EQ(refusal_of("8 relu > | adam 0.01 | batch 32"),
            "'': a number of units or filters is needed at its end");
  EXPECT_EQ(refusal_of("8 relu drop | adam 0.01 | batch 32"),
            "'8 relu drop': a probability is needed at its end");
  EXPECT_EQ(refusal_of("8 relu bn ln | adam 0.01 | batch 32"),
            "'8 relu bn ln': nothing more is needed where 'ln' stands");
  EXPECT_THAT(refusal_of("8 relu | adagrad 0.01 | batch 32"), HasSubstr("an optimizer (adam, adamw or sgd)"));
  EXPECT_THAT(refusal_of("8 relu | sgd 0.01 | batch 32"),
              HasSubstr("momentum and its number is needed at its end"));
  EXPECT_THAT(refusal_of("8 relu | adam 0.01 | 32"), HasSubstr("batch and its rows"));
  EXPECT_THAT(refusal_of("8 relu | adam 0.01 | batch 32 | zeros"), HasSubstr("glorot_uniform or he_normal"));
  EXPECT_THAT(refusal_of("8 relu > 4 conv 3 relu | adam 0.01 | batch 32"),
              HasSubstr("in front of the other layers"));
  EXPECT_THAT(refusal_of("average > 8 relu | adam 0.01 | batch 32"),
              HasSubstr("behind the last convolution, once"));
  for (const char* const line : {"0 relu | adam 0.01 | batch 32", "8 relu drop 1 | adam 0.01 | batch 32",
                                 "8 relu drop nan | adam 0.01 | batch 32", "8 relu | adam inf | batch 32",
                                 "8 relu | adam -1 | batch 32", "8 relu | adam 0.01 | batch 0",
                                 "8 conv 4 relu | adam 0.01 | batch 32"}) {
    EXPECT_THAT(refusal_of(line), HasSubstr("not an architecture")) << line;
  }
  EXPECT_THAT(refusal_of("8 relu | adam 0.01 | batch 4294967296"), HasSubstr("a number of rows"));
}

}  // namespace
}  // namespace rondo
