#include "coordinator/cli/selection_view.h"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "common/experiment/values.h"
#include "coordinator/cli/run_view.h"

namespace rondo::cli {

namespace {

std::string contender_text(const proto::Contender& contender) {
  switch (contender.kind()) {
    case proto::CONTENDER_KIND_WINNER:
      return "the best one";
    case proto::CONTENDER_KIND_MEAN:
      return fmt::format("the mean of the best {}", contender.networks());
    default:
      return fmt::format("a greedy selection of {}", contender.networks());
  }
}

std::string contender_name(proto::ContenderKind kind) {
  const auto* const value = proto::ContenderKind_descriptor()->FindValueByNumber(kind);
  return value == nullptr ? "unknown" : enum_text(*value);
}

}  // namespace

std::string selection_text(const proto::Selection& selection, const std::string& metric) {
  std::string scores;
  std::string kept;
  for (const proto::Contender& contender : selection.contenders()) {
    scores += fmt::format("{}{} {:.6g}", scores.empty() ? "" : ", ", contender_text(contender),
                          contender.held_out_score());
    if (contender.kind() == selection.shipped()) kept = contender_text(contender);
  }
  return fmt::format("ensemble   of {} candidates by {} validation rows; {} on the other {}: {}; kept: {}\n",
                     selection.candidates_size(), selection.selection_rows(), metric,
                     selection.held_out_rows(), scores, kept);
}

std::string weighted_text(const proto::FinalResult& result) {
  std::string text = result.networks_size() == 1 ? "trial " : "trials ";
  for (int i = 0; i < result.networks_size(); ++i) {
    const proto::Retrained& network = result.networks(i);
    if (i > 0) text += i + 1 == result.networks_size() ? " and " : ", ";
    text += fmt::format("{}", network.trial());
    if (network.weight() > 1) text += fmt::format(" x {}", network.weight());
  }
  return text;
}

nlohmann::ordered_json selection_json(const proto::Selection& selection) {
  nlohmann::ordered_json json;
  json["selection_rows"] = selection.selection_rows();
  json["held_out_rows"] = selection.held_out_rows();
  json["candidates"] = nlohmann::ordered_json::array();
  for (const proto::Candidate& candidate : selection.candidates()) {
    json["candidates"].push_back({{"trial", candidate.trial()},
                                  {"selection_score", json_number(candidate.selection_score())},
                                  {"held_out_score", json_number(candidate.held_out_score())}});
  }
  json["picks"] = std::vector<std::uint64_t>(selection.picks().begin(), selection.picks().end());
  for (const proto::Contender& contender : selection.contenders()) {
    json[contender_name(contender.kind())] = {{"networks", contender.networks()},
                                              {"selection_score", json_number(contender.selection_score())},
                                              {"held_out_score", json_number(contender.held_out_score())}};
  }
  json["shipped"] = contender_name(selection.shipped());
  return json;
}

}  // namespace rondo::cli
