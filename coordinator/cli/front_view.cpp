#include "coordinator/cli/front_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "common/data/prepared.h"
#include "common/experiment/values.h"
#include "common/metrics/metrics.h"
#include "coordinator/cli/load.h"
#include "coordinator/cli/run_shape.h"
#include "coordinator/cli/run_view.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/objectives.h"

namespace rondo::cli {

namespace {

constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

std::optional<ProblemShape> shape_by_table(const store::RunSummary& run, store::FileSystem& files) {
  try {
    const LoadedTable loaded = load_run_table(run, "", files);
    return data::trial_shape(data::prepare_folds(run.experiment, loaded.table, data::FitOn::training),
                             run.experiment.training().repeats());
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool counts(const FrontQuestion& question, proto::Objective objective) {
  return std::ranges::find(question.objectives, static_cast<int>(objective)) != question.objectives.end();
}

bool can_be_told(const FrontQuestion& question) {
  return question.shape || !counts(question, proto::OBJECTIVE_MULTIPLY_ADDS);
}

// What does not fit into 64 bits is 2^64 - 1, as in a proposal.
std::uint64_t multiply_adds_of(const store::TrialSummary& trial, const FrontQuestion& question) {
  if (!question.shape) return unknown;
  try {
    return multiply_adds_per_row(trial.architecture, *question.shape);
  } catch (const Error&) {
    return unknown;
  }
}

struct Front {
  std::size_t ranked = 0;
  std::vector<std::size_t> places;  // in the leaderboard, from 0, ascending
  std::vector<TrialId> trials;
};

Front front_of(const store::RunSummary& run, const search::History& history, const FrontQuestion& question) {
  const bool higher_is_better = metrics::higher_is_better(run.experiment.data().metric());
  const std::vector<TrialId> ranked = search::leaderboard(history, higher_is_better);
  Front front{ranked.size(), {}, {}};
  const std::vector<std::vector<search::Valued>> fronts =
      search::fronts_of(search::Objectives(question.objectives, higher_is_better).values(history));
  if (ranked.empty()) return front;
  for (std::size_t place = 0; place < ranked.size(); ++place) {
    if (std::ranges::find(fronts.front(), ranked[place], &search::Valued::id) == fronts.front().end())
      continue;
    front.places.push_back(place);
    front.trials.push_back(ranked[place]);
  }
  return front;
}

search::History history_with_costs(const store::RunSummary& run, const FrontQuestion& question) {
  return history_of(run, [&](const store::TrialSummary& trial) { return multiply_adds_of(trial, question); });
}

std::string objective_names(const FrontQuestion& question) {
  std::string names;
  for (const int objective : question.objectives) {
    names += (names.empty() ? "" : ", ") + objective_name(static_cast<proto::Objective>(objective));
  }
  return names;
}

}  // namespace

FrontQuestion front_question(const store::RunSummary& run, bool all_objectives, store::FileSystem& files) {
  FrontQuestion question{run.experiment.search().objectives(), std::nullopt};
  if (all_objectives) {
    question.objectives.Clear();
    for (const proto::Objective objective : {proto::OBJECTIVE_SCORE, proto::OBJECTIVE_PARAMETERS,
                                             proto::OBJECTIVE_MULTIPLY_ADDS, proto::OBJECTIVE_TICKS}) {
      question.objectives.Add(objective);
    }
  }
  if (question.several()) question.shape = run_shape(run);
  if (question.several() && !question.shape) question.shape = shape_by_table(run, files);
  return question;
}

std::string front_text(const store::RunSummary& run, const FrontQuestion& question) {
  if (!question.several()) return {};
  const std::string names = objective_names(question);
  if (!can_be_told(question)) {
    return fmt::format(
        "front      of {}: not known, for all networks are of one width, so that the journal does not tell "
        "their "
        "multiply-adds, and the table is not where experiment.yaml says\n",
        names);
  }
  const search::History history = history_with_costs(run, question);
  const Front front = front_of(run, history, question);
  std::string text =
      fmt::format("front      {} of {} trials: no other one is as good by {} and better by one of them\n",
                  front.trials.size(), front.ranked, names);
  text += fmt::format("{:>4}  {:>5}  {:>12}  {:>10}  {:>13}  {:>10}  network\n", "rank", "trial",
                      metric_name(run.experiment.data().metric()), "parameters", "multiply-adds", "ticks");
  for (std::size_t i = 0; i < front.trials.size(); ++i) {
    const store::TrialSummary& trial = run.trials.at(front.trials[i].value());
    const search::TrialRecord& known = history.trial(trial.id);
    const std::string work = question.shape ? fmt::format("{}", known.proposal.multiply_adds) : "?";
    text += fmt::format("{:>4}  {:>5}  {:>12.6g}  {:>10}  {:>13}  {:>10}  {}\n", front.places[i] + 1,
                        trial.id.value(), known.best_score, trial.parameters, work,
                        search::ticks_taken(known), describe(trial.architecture));
  }
  return text;
}

void add_front(const store::RunSummary& run, const FrontQuestion& question, nlohmann::ordered_json& json) {
  if (!question.several()) return;
  const search::History history = history_with_costs(run, question);
  json["objectives"] = nlohmann::ordered_json::array();
  for (const int objective : question.objectives) {
    json["objectives"].push_back(objective_name(static_cast<proto::Objective>(objective)));
  }
  json["pareto"] = nullptr;
  if (can_be_told(question)) {
    json["pareto"] = nlohmann::ordered_json::array();
    for (const TrialId trial : front_of(run, history, question).trials)
      json["pareto"].push_back(trial.value());
  }
  for (nlohmann::ordered_json& row : json["trials"]) {
    const store::TrialSummary& trial = run.trials.at(row["id"].get<std::size_t>());
    const search::TrialRecord& known = history.trial(trial.id);
    if (question.shape) {
      row["multiply_adds"] = known.proposal.multiply_adds;
    } else {
      row["multiply_adds"] = nullptr;
    }
    // Of a trial without a place: those of its epochs so far.
    row["ticks"] = search::is_ranked(known) ? search::ticks_taken(known)
                                            : trial.epochs.size() * trial.ticks_per_epoch.value();
  }
}

}  // namespace rondo::cli
