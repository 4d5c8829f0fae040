// A run as people and programs see it: leaderboard, one JSON object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coordinator/search/history.h"
#include "coordinator/store/summary.h"
#include "rondo/experiment.pb.h"

namespace rondo::cli {

// "accuracy", "binary", …: the names of YAML and JSON.
[[nodiscard]] std::string metric_name(proto::Metric metric);
[[nodiscard]] std::string task_name(proto::Task task);
[[nodiscard]] std::string objective_name(proto::Objective objective);

// As the search knew it, but without the ticks of events; multiply-adds, which a journal does not hold, are
// what the caller says.
[[nodiscard]] search::History history_of(
    const store::RunSummary& run,
    const std::function<std::uint64_t(const store::TrialSummary&)>& multiply_adds = {});

// A table of the best `most` trials, in the order of coordinator/search/leaderboard.h, and a line for what
// the others came to, with the limits that too large ones were above. Trials that a stopper paused have a
// place; then each row says so. Ends with a newline.
[[nodiscard]] std::string leaderboard_text(const store::RunSummary& run, std::size_t most);
// What was searched: table, task, metric, sampler, seed, versions. Ends with a newline.
[[nodiscard]] std::string experiment_text(const store::RunSummary& run);

// "nsga2 sampler by score and ticks, asha stopper, 20 trials, 16 lanes, master seed 42"; without objectives
// unless there are several, without a stopper if there is none,
// without the trials when the experiment has none (a journal's header holds no budget).
[[nodiscard]] std::string search_text(const proto::Experiment& experiment);
// Who won, where its model is, what it scores on the test rows. Ends with a newline. The run must be
// finished.
[[nodiscard]] std::string winner_text(const store::RunSummary& run);

// The networks of the trials that have a place, best first, as `describe` prints them.
[[nodiscard]] std::vector<std::string> best_networks(const store::RunSummary& run);

// {digest, task, metric, folds, repeats, best, trials: [{id, outcome, score, parameters, epochs}], final}. A
// trial is folds * repeats networks; folds is 0 without cross-validation, and then it is as many as repeats.
// A score that is not a number, and that of a trial without a place in the leaderboard, is null. The outcome
// of a trial that waits at a rung is "paused", that of one that runs null. A trial that is too large has a
// `limit`: the setting that it is above, or null where the journal does not tell.
[[nodiscard]] nlohmann::ordered_json run_json(const store::RunSummary& run);

// null for what JSON cannot hold.
[[nodiscard]] nlohmann::ordered_json json_number(double value);

}  // namespace rondo::cli
