// rondo replay: trains again what a journal holds, on one rank, and compares.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/data/resolve.h"
#include "common/experiment/canonical.h"
#include "common/metrics/metrics.h"
#include "common/transport/cores.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/derive.h"
#include "coordinator/cli/load.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/run_view.h"
#include "coordinator/search/ensemble.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/record_codec.h"
#include "coordinator/store/result_codec.h"
#include "coordinator/store/summary.h"
#include "worker/kernels/threads.h"
#include "worker/train/predictor.h"
#include "worker/train/trial.h"

namespace rondo::cli {

namespace {

// The first place at which a replay and its journal part.
struct Difference {
  std::uint64_t trial = 0;
  std::uint32_t epoch = 0;
  std::string what;
};

std::string number_text(double value) {
  return fmt::format("{:.17g} ({:016x})", value, std::bit_cast<std::uint64_t>(value));
}

std::optional<std::string> compare(const schedule::EpochResult& journal,
                                   const schedule::EpochResult& replay) {
  const auto number = [](const char* name, double there, double here) -> std::optional<std::string> {
    if (schedule::same_bits(there, here)) return std::nullopt;
    return fmt::format("{}: {} in the journal, {} here", name, number_text(there), number_text(here));
  };
  if (auto found = number("train loss", journal.train_loss, replay.train_loss)) return found;
  if (auto found = number("validation loss", journal.validation_loss, replay.validation_loss)) return found;
  if (auto found = number("score", journal.score, replay.score)) return found;
  if (journal.fingerprint != replay.fingerprint) {
    return fmt::format("weights: fingerprint {} in the journal, {} here", to_hex(journal.fingerprint),
                       to_hex(replay.fingerprint));
  }
  return std::nullopt;
}

// How a trial's end differs: what follows from all of its epochs.
std::optional<std::string> compare(const schedule::TrialEnd& journal, const schedule::TrialEnd& replay) {
  if (replay == journal) return std::nullopt;
  if (replay.weights_digest != journal.weights_digest) {
    return fmt::format("weights digest of the best epoch: {} in the journal, {} here",
                       to_hex(journal.weights_digest), to_hex(replay.weights_digest));
  }
  if (replay.best_epoch != journal.best_epoch) {
    return fmt::format("best epoch: {} in the journal, {} here", journal.best_epoch.value(),
                       replay.best_epoch.value());
  }
  if (!schedule::same_bits(replay.best_score, journal.best_score)) {
    return fmt::format("best score: {} in the journal, {} here", number_text(journal.best_score),
                       number_text(replay.best_score));
  }
  return fmt::format("end: {} after {} epochs in the journal, {} after {} here",
                     store::outcome_name(journal.outcome), journal.epochs.value(),
                     store::outcome_name(replay.outcome), replay.epochs.value());
}

// What a selection was made from, to be found again while the trials are replayed.
struct Wanted {
  search::Candidate candidate;
  Epoch best_epoch;
};

// `wanted`: null where nothing is.
std::optional<Difference> replay_trial(const store::RunSummary& run,
                                       std::span<const data::PreparedData> folds,
                                       const store::TrialSummary& expected, const kernels::Threads& threads,
                                       Wanted* wanted) {
  train::TrialSpec spec;
  spec.seed = MasterSeed(run.experiment.search().seed());
  spec.trial = expected.id;
  spec.architecture = expected.architecture;
  spec.training = run.experiment.training();
  train::Trial trial(folds, spec, threads);
  std::uint32_t epoch = 0;
  const auto differs = [&](std::string what) {
    return Difference{expected.id.value(), epoch, std::move(what)};
  };
  for (const schedule::EpochResult& journal : expected.epochs) {
    epoch = journal.epoch.value();
    if (trial.end()) return differs("the journal has this epoch, the replay ended before it");
    const std::optional<proto::EpochResult> result = trial.train_epoch([] { return true; });
    if (auto what = compare(journal, store::from_proto(*result))) return differs(std::move(*what));
    if (wanted != nullptr && journal.epoch == wanted->best_epoch)
      wanted->candidate.predictions = trial.validation_predictions();
  }
  if (!expected.end || expected.end->outcome == schedule::Outcome::cut) return std::nullopt;
  if (!trial.end()) return differs("the trial ends in the journal with this epoch, and goes on here");
  if (auto what = compare(*expected.end, store::from_proto(*trial.end()))) return differs(std::move(*what));
  return std::nullopt;
}

// The candidates of the run's ensemble, best first; none without a selection.
std::vector<Wanted> wanted_of(const store::RunSummary& run) {
  std::vector<Wanted> wanted;
  const proto::FinalSettings& settings = run.experiment.final();
  if (settings.ensemble_rule() != proto::ENSEMBLE_RULE_GREEDY) return wanted;
  const search::History history = history_of(run);
  const bool higher = metrics::higher_is_better(run.experiment.data().metric());
  for (const TrialId trial : search::candidate_trials(search::leaderboard(history, higher), settings)) {
    wanted.push_back({{trial, {}}, history.trial(trial).best_epoch});
  }
  return wanted;
}

std::optional<Difference> replay_selection(const store::RunSummary& run,
                                           std::span<const data::PreparedData> folds,
                                           std::vector<Wanted> wanted) {
  if (wanted.empty()) return std::nullopt;
  std::vector<search::Candidate> candidates;
  for (Wanted& one : wanted) candidates.push_back(std::move(one.candidate));
  const proto::Selection again =
      search::select_ensemble(validation_truth(folds), MasterSeed(run.experiment.search().seed()), candidates,
                              run.experiment.final().ensemble());
  const proto::Selection& expected = run.final_result->selection();
  if (canonical_serialize(again) == canonical_serialize(expected)) return std::nullopt;
  for (int i = 0; i < std::min(again.candidates_size(), expected.candidates_size()); ++i) {
    if (again.candidates(i).predictions_digest() == expected.candidates(i).predictions_digest()) continue;
    return Difference{again.candidates(i).trial(), wanted[static_cast<std::size_t>(i)].best_epoch.value(),
                      "what its network predicts for the validation rows is not what the ensemble was "
                      "selected by"};
  }
  return Difference{candidates.front().trial.value(), 0,
                    "the ensemble's selection, made again, is not that of final.rondo"};
}

proto::Model retrain(const store::RunSummary& run, const data::PreparedData& prepared,
                     const proto::Retrained& expected, const kernels::Threads& threads) {
  train::TrialSpec spec;
  spec.seed = MasterSeed(run.experiment.search().seed());
  spec.trial = TrialId(expected.trial());
  spec.final = true;
  spec.architecture = run.trials.at(expected.trial()).architecture;
  spec.training = run.experiment.training();
  spec.last_epoch = Epoch(expected.epochs());
  train::Trial trial(prepared, spec, threads);
  while (!trial.end()) (void)trial.train_epoch([] { return true; });
  proto::Model model = trial.model();
  model.mutable_networks(0)->set_weight(expected.weight());
  return model;
}

// Network by network, so that the first one that differs is named; then the whole file.
std::optional<Difference> replay_final(const store::RunSummary& run, const data::CsvTable& table,
                                       const proto::Model& model, const kernels::Threads& threads) {
  const data::PreparedData prepared =
      data::prepare(run.experiment, table, data::FitOn::training_and_validation);
  proto::Model again;
  for (const proto::Retrained& expected : run.final_result->networks()) {
    proto::Model one = retrain(run, prepared, expected, threads);
    const int place = again.networks_size();
    if (place >= model.networks_size() ||
        canonical_serialize(one.networks(0)) != canonical_serialize(model.networks(place))) {
      return Difference{expected.trial(), expected.epochs(),
                        "its network, trained again on training and validation rows, is not the model's"};
    }
    if (place == 0) {
      again = std::move(one);
    } else {
      *again.add_networks() = one.networks(0);
    }
  }
  const std::string digest = to_bytes(sha256(train::model_bytes(again)));
  if (digest == run.final_result->model_digest()) return std::nullopt;
  return Difference{run.final_result->networks(0).trial(), 0,
                    fmt::format("the model of the retrained trials: {} in final.rondo, {} here",
                                to_hex(digest_from_bytes(run.final_result->model_digest())),
                                to_hex(digest_from_bytes(digest)))};
}

std::vector<const store::TrialSummary*> chosen_trials(const store::RunSummary& run,
                                                      const ReplayOptions& options) {
  std::vector<const store::TrialSummary*> chosen;
  if (options.trial && run.trials.empty()) throw_bad_input("{} has no trials yet", options.run);
  if (options.trial && *options.trial >= run.trials.size()) {
    throw_bad_input("{} has no trial {}; its trials are 0 to {}", options.run, *options.trial,
                    run.trials.size() - 1);
  }
  for (const store::TrialSummary& trial : run.trials) {
    if (!options.trial || trial.id.value() == *options.trial) chosen.push_back(&trial);
  }
  return chosen;
}

ExitCode report_difference(const Output& output, nlohmann::ordered_json json, const Difference& difference) {
  json["equal"] = false;
  json["difference"] = {{"trial", difference.trial}, {"epoch", difference.epoch}, {"what", difference.what}};
  output.object(json);
  output.line(
      fmt::format("DIFFERENT: trial {}, epoch {}: {}", difference.trial, difference.epoch, difference.what));
  return ExitCode::differs;
}

ExitCode report_decision(const Output& output, nlohmann::ordered_json json,
                         const DerivedDifference& difference) {
  json["equal"] = false;
  json["difference"] = {{"record", difference.record}, {"what", difference.what}};
  output.object(json);
  output.line(fmt::format("DIFFERENT: {}", difference.what));
  return ExitCode::differs;
}

}  // namespace

ExitCode replay_command(const ReplayOptions& options) {
  const Output output(options.json);
  store::PosixFileSystem files;
  // final.rondo comes last: a journal that was altered does not go with it, and the place is what matters
  // then.
  store::RunSummary run = store::summarize_journal(files, options.run);
  const LoadedTable loaded = load_run_table(run, options.data, files);
  const std::vector<data::PreparedData> folds =
      data::prepare_folds(run.experiment, loaded.table, data::FitOn::training);
  nlohmann::ordered_json json = run_json(run);
  const kernels::Threads threads(transport::share_of_cores(transport::own_cores(), {}));
  std::vector<Wanted> wanted = wanted_of(run);
  std::uint64_t epochs = 0;
  std::uint64_t trained = 0;
  for (const store::TrialSummary* trial : chosen_trials(run, options)) {
    if (trial->epochs.empty()) continue;
    const auto candidate =
        std::ranges::find(wanted, trial->id, [](const Wanted& one) { return one.candidate.trial; });
    if (const auto difference =
            replay_trial(run, folds, *trial, threads, candidate == wanted.end() ? nullptr : &*candidate))
      return report_difference(output, json, *difference);
    epochs += trial->epochs.size();
    ++trained;
    output.line(fmt::format("trial {:>4}: {} epochs equal", trial->id.value(), trial->epochs.size()));
  }
  if (!options.trial) {
    const ProblemShape shape = data::trial_shape(folds, run.experiment.training().repeats());
    if (const auto derived = derive_again(files, options.run, run.experiment, shape))
      return report_decision(output, json, *derived);
    run = store::summarize(files, options.run);
    if (run.final_result) {
      if (const auto difference = replay_selection(run, folds, std::move(wanted)))
        return report_difference(output, json, *difference);
      if (const auto difference = replay_final(run, loaded.table, load_model(files, options.run), threads))
        return report_difference(output, json, *difference);
    }
    json = run_json(run);
  }
  json["equal"] = true;
  json["replayed"] = {{"trials", trained}, {"epochs", epochs}};
  output.object(json);
  output.line(fmt::format(
      "EQUAL: {} trials, {} epochs: every loss, score and weight digest is the journal's{}.", trained, epochs,
      options.trial      ? ""
      : run.final_result ? "; so are all decisions and the final model"
                         : "; so are all decisions"));
  output.line(fmt::format("digest {}", run.digest));
  return ExitCode::done;
}

}  // namespace rondo::cli
