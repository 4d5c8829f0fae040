// What a run's networks stand between, found again from its journal alone.
#pragma once

#include <optional>

#include "common/architecture/shape.h"
#include "coordinator/store/summary.h"

namespace rondo::cli {

// A journal holds each network with its number of parameters, which is linear in the inputs and in the
// outputs of a row (but for networks without a hidden layer): two networks of different widths determine
// both. One is enough where the task says that there is one output, or data.image how many inputs there are.
// `training_rows` is 0. Nothing: too few networks yet; no formula over one row can then be evaluated.
[[nodiscard]] std::optional<ProblemShape> run_shape(const store::RunSummary& run);

}  // namespace rondo::cli
