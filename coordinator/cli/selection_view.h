// A greedy selection as people and programs see it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "rondo/journal.pb.h"

namespace rondo::cli {

// What each contender scores on the rows that the selection did not see, and which is kept. Ends with a
// newline.
[[nodiscard]] std::string selection_text(const proto::Selection& selection, const std::string& metric);
// The networks of a model with weights: "trials 3 x 2, 7 and 11 x 4".
[[nodiscard]] std::string weighted_text(const proto::FinalResult& result);
// {selection_rows, held_out_rows, candidates: [{trial, selection_score, held_out_score}], picks: [trial],
// winner, mean, selection: {networks, selection_score, held_out_score} each, shipped}
[[nodiscard]] nlohmann::ordered_json selection_json(const proto::Selection& selection);

}  // namespace rondo::cli
