#include "coordinator/search/make_stopper.h"

#include "common/base/check.h"
#include "common/metrics/metrics.h"
#include "coordinator/search/asha.h"
#include "coordinator/search/hyperband.h"
#include "coordinator/search/median.h"

namespace rondo::search {

std::unique_ptr<Stopper> make_stopper(const proto::Experiment& resolved) {
  const proto::SearchSettings& settings = resolved.search();
  const Epoch epochs(resolved.training().epochs());
  const bool higher = metrics::higher_is_better(resolved.data().metric());
  switch (settings.stopper()) {
    case proto::STOPPER_KIND_NONE:
      return std::make_unique<NoStopper>();
    case proto::STOPPER_KIND_MEDIAN:
      return std::make_unique<Median>(settings.median(), epochs, higher);
    case proto::STOPPER_KIND_ASHA:
      return std::make_unique<Asha>(settings.asha(), epochs, higher);
    case proto::STOPPER_KIND_HYPERBAND:
      return std::make_unique<Hyperband>(settings.hyperband(), epochs, higher);
    default:
      break;
  }
  RONDO_CHECK(false, "stopper {}", static_cast<int>(settings.stopper()));
  return nullptr;
}

}  // namespace rondo::search
