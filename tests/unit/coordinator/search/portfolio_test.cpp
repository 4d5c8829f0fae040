#include "coordinator/search/portfolio.h"

#include <gtest/gtest.h>

#include "tests/unit/coordinator/search/samples.h"

namespace rondo::search {
namespace {

using testing::add;
using testing::default_experiment;
using testing::described;
using testing::small_shape;

std::unique_ptr<Proposer> with_sampler(proto::SamplerKind sampler) {
  proto::Experiment experiment = default_experiment(sampler, 3);
  experiment.mutable_search()->mutable_evolution()->set_population(5);
  experiment.mutable_search()->mutable_tpe()->set_startup_trials(5);
  experiment.mutable_search()->mutable_gp()->set_startup_trials(5);
  experiment.mutable_search()->mutable_gp()->set_candidates(8);
  return make_proposer(experiment, small_shape);
}

// By the rule's table: the member's own proposal, whatever the history and the attempt.
TEST(Portfolio, ItsMembersTakeTurnsById) {
  const auto portfolio = with_sampler(proto::SAMPLER_KIND_PORTFOLIO);
  const auto gp = with_sampler(proto::SAMPLER_KIND_GP);
  const auto tpe = with_sampler(proto::SAMPLER_KIND_TPE);
  const auto evolution = with_sampler(proto::SAMPLER_KIND_EVOLUTION);
  EXPECT_TRUE(portfolio->reads_history());
  History history;
  for (std::uint64_t id = 0; id < 24; ++id) {
    const Proposer& member = id % 8 == 3 ? *tpe : id % 8 == 7 ? *evolution : *gp;
    for (const std::uint32_t attempt : {0U, 2U}) {
      EXPECT_EQ(described(*portfolio, id, attempt, history), described(member, id, attempt, history)) << id;
    }
    add(history, *portfolio->propose(TrialId(id), 0, history), TrialState::completed,
        static_cast<double>(id * 7 % 13));
  }
  for (std::uint64_t id = 256; id < 272; ++id) {
    const Proposer& member = id % 8 == 0 ? *gp : id % 8 == 7 ? *evolution : *tpe;
    EXPECT_EQ(described(*portfolio, id, 0, history), described(member, id, 0, history)) << id;
  }
}

}  // namespace
}  // namespace rondo::search
