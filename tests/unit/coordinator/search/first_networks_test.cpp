#include "coordinator/search/first_networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using ::testing::HasSubstr;
using testing::small_shape;

constexpr const char* plain = "16 relu | adam 0.01 | batch 32";
constexpr const char* deep = "64 relu bn drop 0.25 > 32 relu bn drop 0.25 | sgd 0.1 momentum 0.9 | batch 32";

proto::Experiment with_first(proto::SamplerKind sampler, const std::vector<std::string>& lines) {
  proto::Experiment experiment = default_experiment(sampler, 3);
  for (const std::string& line : lines) experiment.mutable_search()->add_first(line);
  return experiment;
}

std::string refusal_of(const proto::Experiment& experiment) {
  try {
    static_cast<void>(make_proposer(experiment, small_shape));
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
}

TEST(FirstNetworks, StandInFrontOfWhatTheSamplerProposes) {
  for (const proto::SamplerKind sampler :
       {proto::SAMPLER_KIND_RANDOM, proto::SAMPLER_KIND_SOBOL, proto::SAMPLER_KIND_EVOLUTION,
        proto::SAMPLER_KIND_TPE, proto::SAMPLER_KIND_GP, proto::SAMPLER_KIND_CMAES,
        proto::SAMPLER_KIND_GREEDY, proto::SAMPLER_KIND_PORTFOLIO}) {
    const auto proposer = make_proposer(with_first(sampler, {plain, deep}), small_shape);
    const auto bare = make_proposer(default_experiment(sampler, 3), small_shape);
    EXPECT_EQ(proposer->reads_history(), bare->reads_history());
    EXPECT_EQ(described(*proposer, 0), plain);
    EXPECT_EQ(described(*proposer, 1), deep);
    History history;
    for (std::uint64_t id = 0; id < 40; ++id) {
      EXPECT_EQ(described(*proposer, id, id < 2 ? 1 : 0, history),
                described(*bare, id, id < 2 ? 1 : 0, history));
      add(history, *proposer->propose(TrialId(id), 0, history), TrialState::completed, 1.0 / double(id + 1));
    }
  }
}

TEST(FirstNetworks, MustBeOfTheSpaceAndDiffer) {
  const auto refused = [](const std::vector<std::string>& lines) {
    return refusal_of(with_first(proto::SAMPLER_KIND_RANDOM, lines));
  };
  EXPECT_EQ(refused({plain, deep}), "accepted");
  EXPECT_THAT(refused({plain, "48 relu | adam 0.01 | batch 32"}),
              HasSubstr("search.first[1], \"48 relu | adam 0.01 | batch 32\": space.units has no 48"));
  EXPECT_THAT(refused({"16 tanh | adam 0.01 | batch 32"}), HasSubstr("space.activation has no tanh"));
  EXPECT_THAT(refused({"16 relu | adam 0.02 | batch 32"}), HasSubstr("space.learning_rate has no 0.02"));
  EXPECT_THAT(refused({"16 relu ln | adam 0.01 | batch 32"}), HasSubstr("space.layer_norm has no true"));
  EXPECT_THAT(refused({"16 relu bn > 16 relu | adam 0.01 | batch 32"}), HasSubstr("all layers of a network"));
  EXPECT_THAT(refused({plain, deep, plain}), HasSubstr("search.first[2]"));
  EXPECT_THAT(refused({"16 relu"}), HasSubstr("LAYER"));
  EXPECT_THAT(refusal_of(with_first(proto::SAMPLER_KIND_GRID, {plain})),
              HasSubstr("the grid tries every network"));
}

}  // namespace
}  // namespace rondo::search
