#include "coordinator/search/make_proposer.h"

#include <utility>

#include "common/base/check.h"
#include "common/metrics/metrics.h"
#include "coordinator/search/cmaes.h"
#include "coordinator/search/evolution.h"
#include "coordinator/search/gp.h"
#include "coordinator/search/grid_sampler.h"
#include "coordinator/search/portfolio.h"
#include "coordinator/search/random_sampler.h"
#include "coordinator/search/sobol_sampler.h"
#include "coordinator/search/tpe.h"

namespace rondo::search {

namespace {

std::unique_ptr<Proposer> member(proto::Experiment resolved, const ProblemShape& shape,
                                 proto::SamplerKind sampler) {
  resolved.mutable_search()->set_sampler(sampler);
  return make_proposer(resolved, shape);
}

}  // namespace

std::unique_ptr<Proposer> make_proposer(const proto::Experiment& resolved, const ProblemShape& shape) {
  const proto::SearchSettings& settings = resolved.search();
  const MasterSeed seed(settings.seed());
  Space space(resolved.space());
  Appraiser appraiser(resolved, space, shape);
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

}  // namespace rondo::search
