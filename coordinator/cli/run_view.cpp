#include "coordinator/cli/run_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <optional>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "common/experiment/values.h"
#include "common/metrics/metrics.h"
#include "coordinator/cli/run_shape.h"
#include "coordinator/cli/selection_view.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/history.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/store/run_folder.h"

namespace rondo::cli {

namespace {

constexpr std::uint64_t exponent_bits = 0x7ff0000000000000U;

bool is_finite(double value) {
  return (std::bit_cast<std::uint64_t>(value) & exponent_bits) != exponent_bits;
}

search::TrialState state_of(schedule::Outcome outcome) {
  switch (outcome) {
    case schedule::Outcome::completed:
      return search::TrialState::completed;
    case schedule::Outcome::diverged:
      return search::TrialState::diverged;
    case schedule::Outcome::too_large:
      return search::TrialState::too_large;
    case schedule::Outcome::cut:
      break;
  }
  return search::TrialState::cut;
}

// As YAML spells it. A journal of another release may hold a value that this one does not know.
std::string name_of(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* const value = type.FindValueByNumber(number);
  if (value == nullptr) throw_corrupt("{} {} is not known to this release", type.name(), number);
  return enum_text(*value);
}

std::vector<TrialId> ranking(const store::RunSummary& run, const search::History& history) {
  return search::leaderboard(history, metrics::higher_is_better(run.experiment.data().metric()));
}

// The setting that a network was too large for; empty when the journal does not say how wide a row is.
std::string exceeded_limit(const store::TrialSummary& trial, const store::RunSummary& run,
                           const std::optional<ProblemShape>& shape) {
  if (!shape) return {};
  switch (search::excess_of(trial.architecture, *shape, run.experiment.limits())) {
    case search::Excess::parameters:
      return "limits.parameters";
    case search::Excess::multiply_adds:
      return "limits.multiply_adds";
    case search::Excess::trial_bytes:
      return "limits.trial_bytes";
    case search::Excess::none:
      break;
  }
  return {};
}

// "5 folds x 3 repeats"; empty where a trial is one network.
std::string members_text(const proto::Experiment& experiment) {
  const std::uint32_t folds = experiment.split().folds();
  const std::uint32_t repeats = experiment.training().repeats();
  std::string text;
  if (folds > 0) text = fmt::format("{} folds", folds);
  if (repeats > 1) text += fmt::format("{}{} repeats", text.empty() ? "" : " x ", repeats);
  return text;
}

bool is_too_large(const store::TrialSummary& trial) {
  return trial.end && trial.end->outcome == schedule::Outcome::too_large;
}

// " (2 above limits.parameters, 1 above limits.multiply_adds)"; empty when nothing is known.
std::string exceeded_limits(const store::RunSummary& run) {
  const std::optional<ProblemShape> shape = run_shape(run);
  std::map<std::string, std::size_t> counts;
  for (const store::TrialSummary& trial : run.trials) {
    if (is_too_large(trial)) ++counts[exceeded_limit(trial, run, shape)];
  }
  counts.erase("");
  std::string text;
  for (const auto& [limit, count] : counts) {
    text += fmt::format("{}{} above {}", text.empty() ? " (" : ", ", count, limit);
  }
  return text.empty() ? text : text + ")";
}

std::string state_name(const store::TrialSummary& trial) {
  if (trial.end) return store::outcome_name(trial.end->outcome);
  return trial.paused ? "paused" : "unfinished";
}

}  // namespace

search::History history_of(const store::RunSummary& run,
                           const std::function<std::uint64_t(const store::TrialSummary&)>& multiply_adds) {
  search::History history(run.experiment.training().min_delta());
  for (const store::TrialSummary& trial : run.trials) {
    search::Proposal proposal;
    proposal.parameters = trial.parameters;
    proposal.ticks_per_epoch = trial.ticks_per_epoch;
    if (multiply_adds) proposal.multiply_adds = multiply_adds(trial);
    history.propose(trial.id, proposal);
    for (const schedule::EpochResult& epoch : trial.epochs) {
      history.commit_epoch(trial.id, {epoch.epoch, Tick(), epoch.validation_loss, epoch.score});
      if (epoch.epoch != trial.rung) continue;
      history.pause(trial.id);
      if (!trial.paused) history.resume(trial.id);
    }
    if (trial.end) {
      history.end(trial.id, state_of(trial.end->outcome), trial.end->best_epoch, trial.end->best_score);
    }
  }
  return history;
}

std::string metric_name(proto::Metric metric) {
  return name_of(*proto::Metric_descriptor(), metric);
}

std::string task_name(proto::Task task) {
  return name_of(*proto::Task_descriptor(), task);
}

std::string objective_name(proto::Objective objective) {
  return name_of(*proto::Objective_descriptor(), objective);
}

std::string leaderboard_text(const store::RunSummary& run, std::size_t most) {
  const search::History history = history_of(run);
  const std::vector<TrialId> ranked = ranking(run, history);
  // Without a stopper a trial that has a place has completed.
  const bool all_completed = std::ranges::all_of(
      ranked, [&](TrialId id) { return history.trial(id).state == search::TrialState::completed; });
  const std::string metric = metric_name(run.experiment.data().metric());
  std::string text = fmt::format("{:>4}  {:>5}  {:>12}  {:>6}  {:>10}  {}{}\n", "rank", "trial", metric,
                                 "epochs", "parameters", all_completed ? "" : "state       ", "network");
  for (std::size_t place = 0; place < std::min(most, ranked.size()); ++place) {
    const store::TrialSummary& trial = run.trials.at(ranked[place].value());
    text += fmt::format("{:>4}  {:>5}  {:>12.6g}  {:>6}  {:>10}  {}{}\n", place + 1, trial.id.value(),
                        history.trial(trial.id).best_score, trial.epochs.size(), trial.parameters,
                        all_completed ? "" : fmt::format("{:<10}  ", state_name(trial)),
                        describe(trial.architecture));
  }
  if (ranked.size() > most)
    text += fmt::format("      … and {} more {}trials\n", ranked.size() - most,
                        all_completed ? "completed " : "");
  std::map<std::string, std::size_t> others;
  for (const store::TrialSummary& trial : run.trials) {
    if (!search::is_ranked(history.trial(trial.id))) ++others[state_name(trial)];
  }
  const std::string too_large = store::outcome_name(schedule::Outcome::too_large);
  for (const auto& [name, count] : others) {
    text += fmt::format("      {} {}{}\n", count, name, name == too_large ? exceeded_limits(run) : "");
  }
  return text;
}

std::string search_text(const proto::Experiment& experiment) {
  const std::string sampler = name_of(*proto::SamplerKind_descriptor(), experiment.search().sampler());
  const std::string trials =
      experiment.budget().has_trials() ? fmt::format(" {} trials,", experiment.budget().trials()) : "";
  const std::string stopper = experiment.search().stopper() == proto::STOPPER_KIND_NONE
                                  ? ""
                                  : fmt::format(" {} stopper,", name_of(*proto::StopperKind_descriptor(),
                                                                        experiment.search().stopper()));
  std::string objectives;
  for (const int objective : experiment.search().objectives()) {
    objectives +=
        (objectives.empty() ? " by " : " and ") + objective_name(static_cast<proto::Objective>(objective));
  }
  if (experiment.search().objectives_size() < 2) objectives.clear();
  const std::string members = members_text(experiment);
  return fmt::format("{} sampler{},{}{} {} lanes, master seed {}{}", sampler, objectives, stopper, trials,
                     experiment.search().lanes(), experiment.search().seed(),
                     members.empty() ? "" : fmt::format(", a trial is {}", members));
}

namespace {

// Of the leaderboard, which a selection's first network need not be.
std::pair<std::uint64_t, double> winner_of(const store::RunSummary& run) {
  const proto::FinalResult& result = *run.final_result;
  if (!result.has_selection()) return {result.networks(0).trial(), result.networks(0).validation_score()};
  const std::uint64_t winner = result.selection().candidates(0).trial();
  if (winner >= run.trials.size())
    throw_corrupt("final.rondo names trial {}, which was not proposed", winner);
  return {winner, history_of(run).trial(TrialId(winner)).best_score};
}

}  // namespace

std::string winner_text(const store::RunSummary& run) {
  const proto::FinalResult& result = *run.final_result;
  const auto [winner, score] = winner_of(run);
  const std::string members = members_text(run.experiment);
  std::string text =
      fmt::format("winner     trial {}, {} {:.6g} on the validation rows{}{}\n", winner,
                  metric_name(run.experiment.data().metric()), score,
                  members.empty() ? "" : fmt::format(" (mean of {})", members),
                  run.experiment.search().objectives_size() > 1 ? ": the best by its score alone" : "");
  if (result.has_selection())
    text += selection_text(result.selection(), metric_name(run.experiment.data().metric()));
  const int count = result.networks_size();
  const bool weighted = result.networks(0).weight() > 0;
  const std::string networks = weighted     ? weighted_text(result)
                               : count == 1 ? "the winner"
                                            : fmt::format("the best {} trials", count);
  text += fmt::format("model      {}: {}, trained again on training and validation rows{}\n",
                      store::RunPaths{run.folder}.best_model(), networks, count == 1 ? "" : " and averaged");
  for (const proto::NamedValue& metric : result.test_metrics()) {
    text += fmt::format("test       {} {:.6g}\n", metric.name(), metric.value());
  }
  return text;
}

std::string experiment_text(const store::RunSummary& run) {
  const proto::Experiment& experiment = run.experiment;
  const proto::Versions& versions = run.header.versions();
  std::string text;
  text += fmt::format("target     {} ({}), {} input columns, metric {}\n", experiment.data().target(),
                      task_name(experiment.data().task()), experiment.data().columns_size(),
                      metric_name(experiment.data().metric()));
  text += fmt::format("search     {}\n", search_text(experiment));
  text += fmt::format("versions   journal {}, numerics {}, search {}, seed scheme {}\n", versions.journal(),
                      versions.numerics(), versions.search(), versions.seed_scheme());
  return text;
}

std::vector<std::string> best_networks(const store::RunSummary& run) {
  std::vector<std::string> networks;
  for (const TrialId id : ranking(run, history_of(run))) {
    networks.push_back(describe(run.trials.at(id.value()).architecture));
  }
  return networks;
}

nlohmann::ordered_json json_number(double value) {
  if (!is_finite(value)) return nullptr;
  return value;
}

nlohmann::ordered_json run_json(const store::RunSummary& run) {
  nlohmann::ordered_json json;
  json["digest"] = run.digest;
  json["task"] = task_name(run.experiment.data().task());
  json["metric"] = metric_name(run.experiment.data().metric());
  // The experiment of a journal that is older than repeats does not name them.
  json["folds"] = run.experiment.split().folds();
  json["repeats"] = std::max(1U, run.experiment.training().repeats());
  const search::History history = history_of(run);
  const std::vector<TrialId> ranked = ranking(run, history);
  if (ranked.empty()) {
    json["best"] = nullptr;
  } else {
    json["best"] = ranked.front().value();
  }
  json["trials"] = nlohmann::ordered_json::array();
  const std::optional<ProblemShape> shape = run_shape(run);
  for (const store::TrialSummary& trial : run.trials) {
    nlohmann::ordered_json row;
    row["id"] = trial.id.value();
    row["outcome"] = trial.end      ? nlohmann::ordered_json(store::outcome_name(trial.end->outcome))
                     : trial.paused ? nlohmann::ordered_json("paused")
                                    : nlohmann::ordered_json(nullptr);
    const search::TrialRecord& known = history.trial(trial.id);
    row["score"] = search::is_ranked(known) ? json_number(known.best_score) : nullptr;
    row["parameters"] = trial.parameters;
    row["epochs"] = trial.epochs.size();
    if (is_too_large(trial)) {
      const std::string limit = exceeded_limit(trial, run, shape);
      row["limit"] = limit.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(limit);
    }
    json["trials"].push_back(std::move(row));
  }
  if (run.final_result) {
    nlohmann::ordered_json final_json;
    final_json["networks"] = nlohmann::ordered_json::array();
    for (const proto::Retrained& network : run.final_result->networks()) {
      final_json["networks"].push_back(
          {{"trial", network.trial()},
           {"epochs", network.epochs()},
           {"weights_digest", to_hex(digest_from_bytes(network.weights_digest()))}});
      if (network.weight() > 0) final_json["networks"].back()["weight"] = network.weight();
    }
    if (run.final_result->has_selection())
      final_json["selection"] = selection_json(run.final_result->selection());
    final_json["model_digest"] = to_hex(digest_from_bytes(run.final_result->model_digest()));
    for (const proto::NamedValue& metric : run.final_result->test_metrics()) {
      final_json["test_metrics"][metric.name()] = json_number(metric.value());
    }
    json["final"] = std::move(final_json);
  }
  return json;
}

}  // namespace rondo::cli
