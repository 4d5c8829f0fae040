#include "coordinator/search/make_stopper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "common/experiment/schema.h"
#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::pause_at;

proto::Experiment with(proto::StopperKind kind, std::uint32_t epochs = 100) {
  proto::Experiment experiment = default_experiment(proto::SAMPLER_KIND_RANDOM);
  experiment.mutable_search()->set_stopper(kind);
  experiment.mutable_training()->set_epochs(epochs);
  return experiment;
}

std::vector<std::uint32_t> rungs(const proto::Experiment& experiment) {
  const auto stopper = make_stopper(experiment);
  std::vector<std::uint32_t> result;
  for (auto rung = stopper->next_rung(TrialId(0), Epoch(0)); rung;
       rung = stopper->next_rung(TrialId(0), *rung)) {
    result.push_back(rung->value());
  }
  return result;
}

TEST(MakeStopper, KnowsEveryKindWithItsDefaults) {
  EXPECT_THAT(rungs(with(proto::STOPPER_KIND_NONE)), IsEmpty());
  EXPECT_THAT(rungs(with(proto::STOPPER_KIND_MEDIAN, 22)), ElementsAre(5, 10, 15, 20));
  EXPECT_THAT(rungs(with(proto::STOPPER_KIND_ASHA)), ElementsAre(1, 3, 9, 27, 81));
  EXPECT_THAT(rungs(with(proto::STOPPER_KIND_HYPERBAND)), ElementsAre(3, 11, 33));
}

TEST(MakeStopper, RefusesNoShortExperiment) {
  for (const proto::StopperKind kind :
       {proto::STOPPER_KIND_MEDIAN, proto::STOPPER_KIND_ASHA, proto::STOPPER_KIND_HYPERBAND}) {
    EXPECT_THAT(rungs(with(kind, 1)), IsEmpty()) << kind;
  }
}

TEST(MakeStopper, FollowsTheMetricsDirection) {
  for (const proto::Metric metric : {proto::METRIC_ACCURACY, proto::METRIC_RMSE}) {
    proto::Experiment experiment = with(proto::STOPPER_KIND_ASHA);
    experiment.mutable_data()->set_metric(metric);
    const auto stopper = make_stopper(experiment);
    History history;
    for (const double score : {0.5, 0.25, 0.75}) {
      pause_at(history, add(history, {}, TrialState::running, 0), 1, score);
    }
    EXPECT_EQ(stopper->promote(history), TrialId(metric == proto::METRIC_ACCURACY ? 2 : 1));
  }
}

// Stoppers came when experiments had journals already: one without a stopper is the same experiment as
// before.
TEST(MakeStopper, AnExperimentWithoutOneKeepsItsIdentity) {
  const proto::Experiment none = default_experiment(proto::SAMPLER_KIND_RANDOM);
  proto::Experiment before = none;
  before.mutable_search()->clear_stopper();
  before.mutable_search()->clear_asha();
  before.mutable_search()->clear_hyperband();
  before.mutable_search()->clear_median();
  EXPECT_EQ(identity_bytes(none), identity_bytes(before));
  EXPECT_NE(identity_bytes(with(proto::STOPPER_KIND_ASHA, none.training().epochs())), identity_bytes(none));
}

}  // namespace
}  // namespace rondo::search
