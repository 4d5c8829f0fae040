// The Pareto front of a run as people and programs see it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "common/architecture/shape.h"
#include "coordinator/store/summary.h"
#include "rondo/experiment.pb.h"

namespace rondo::cli {

// Which front is meant, and what it takes to know it.
struct FrontQuestion {
  google::protobuf::RepeatedField<int> objectives;  // as in search.objectives
  // Of the run; nothing: multiply-adds are not known.
  std::optional<ProblemShape> shape;

  [[nodiscard]] bool several() const { return objectives.size() > 1; }
};
// By the run's own objectives, or by all that there are. The shape is found when there are several: in the
// journal or, where that does not tell, in the table, if it is where the run's experiment.yaml says.
[[nodiscard]] FrontQuestion front_question(const store::RunSummary& run, bool all_objectives,
                                           store::FileSystem& files);

// A line that says what the front is, and a table of its trials in the leaderboard's order, all four values
// of each. Ends with a newline; empty unless there are several objectives.
[[nodiscard]] std::string front_text(const store::RunSummary& run, const FrontQuestion& question);

// Adds to run_json(): `objectives`, `pareto` (ids in the leaderboard's order; null when multiply-adds count
// and are not known), and `multiply_adds` and `ticks` of every trial. Nothing unless there are several
// objectives.
void add_front(const store::RunSummary& run, const FrontQuestion& question, nlohmann::ordered_json& json);

}  // namespace rondo::cli
