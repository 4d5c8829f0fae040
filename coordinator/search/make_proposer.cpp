#include "coordinator/search/make_proposer.h"

#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/metrics/metrics.h"
#include "coordinator/search/cmaes.h"
#include "coordinator/search/evolution.h"
#include "coordinator/search/first_networks.h"
#include "coordinator/search/gp.h"
#include "coordinator/search/greedy.h"
#include "coordinator/search/grid_sampler.h"
#include "coordinator/search/nsga2.h"
#include "coordinator/search/objectives.h"
#include "coordinator/search/portfolio.h"
#include "coordinator/search/random_sampler.h"
#include "coordinator/search/sobol_sampler.h"
#include "coordinator/search/tpe.h"

namespace rondo::search {

namespace {

std::unique_ptr<Proposer> sampler_of(const proto::Experiment& resolved, const ProblemShape& shape);

std::unique_ptr<Proposer> member(proto::Experiment resolved, const ProblemShape& shape,
                                 proto::SamplerKind sampler) {
  resolved.mutable_search()->set_sampler(sampler);
  return sampler_of(resolved, shape);
}

std::unique_ptr<Proposer> sampler_of(const proto::Experiment& resolved, const ProblemShape& shape) {
  const proto::SearchSettings& settings = resolved.search();
  const MasterSeed seed(settings.seed());
  Space space(resolved.space());
  Appraiser appraiser(resolved, space, shape);
  // What is wrong with them is wrong whichever sampler reads them.
  Objectives objectives(settings.objectives(), metrics::higher_is_better(resolved.data().metric()));
  switch (settings.sampler()) {
    case proto::SAMPLER_KIND_RANDOM:
      return std::make_unique<RandomSampler>(std::move(space), std::move(appraiser), seed);
    case proto::SAMPLER_KIND_GRID:
      return std::make_unique<GridSampler>(std::move(space), std::move(appraiser));
    case proto::SAMPLER_KIND_EVOLUTION:
      return std::make_unique<Evolution>(std::move(space), std::move(appraiser), seed, settings.evolution(),
                                         metrics::higher_is_better(resolved.data().metric()));
    case proto::SAMPLER_KIND_SOBOL:
      return std::make_unique<SobolSampler>(std::move(space), std::move(appraiser), seed);
    case proto::SAMPLER_KIND_TPE:
      return std::make_unique<Tpe>(std::move(space), std::move(appraiser), seed, settings.tpe(),
                                   metrics::higher_is_better(resolved.data().metric()));
    case proto::SAMPLER_KIND_GP:
      return std::make_unique<Gp>(std::move(space), std::move(appraiser), seed, settings.gp(),
                                  metrics::higher_is_better(resolved.data().metric()));
    case proto::SAMPLER_KIND_CMAES:
      return std::make_unique<Cmaes>(std::move(space), std::move(appraiser), seed,
                                     metrics::higher_is_better(resolved.data().metric()));
    case proto::SAMPLER_KIND_GREEDY:
      return std::make_unique<Greedy>(std::move(space), std::move(appraiser), seed,
                                      metrics::higher_is_better(resolved.data().metric()));
    case proto::SAMPLER_KIND_NSGA2:
      return std::make_unique<Nsga2>(std::move(space), std::move(appraiser), seed, settings.nsga2(),
                                     objectives);
    case proto::SAMPLER_KIND_PORTFOLIO:
      return std::make_unique<Portfolio>(member(resolved, shape, proto::SAMPLER_KIND_GP),
                                         member(resolved, shape, proto::SAMPLER_KIND_TPE),
                                         member(resolved, shape, proto::SAMPLER_KIND_EVOLUTION));
    default:
      break;
  }
  RONDO_CHECK(false, "sampler {}", static_cast<int>(settings.sampler()));
  return nullptr;
}

}  // namespace

std::unique_ptr<Proposer> make_proposer(const proto::Experiment& resolved, const ProblemShape& shape) {
  std::unique_ptr<Proposer> sampler = sampler_of(resolved, shape);
  const auto& first = resolved.search().first();
  if (first.empty()) return sampler;
  if (resolved.search().sampler() == proto::SAMPLER_KIND_GRID) {
    throw_bad_input(
        "search.first: the grid tries every network of the space in its own order; leave `first` out, or "
        "take "
        "another sampler");
  }
  const Space space(resolved.space());
  return std::make_unique<FirstNetworks>(std::vector<std::string>(first.begin(), first.end()), space,
                                         Appraiser(resolved, space, shape), std::move(sampler));
}

}  // namespace rondo::search
