// From an experiment to the stopper that it asks for.
#pragma once

#include <memory>

#include "coordinator/search/proposer.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

// `resolved` has its defaults and a concrete metric. No setting of a stopper is refused: rungs that lie
// behind the last epoch of a trial do nothing.
[[nodiscard]] std::unique_ptr<Stopper> make_stopper(const proto::Experiment& resolved);

}  // namespace rondo::search
