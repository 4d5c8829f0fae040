#include "coordinator/cli/search_input.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <utility>

#include "common/base/error.h"
#include "common/data/resolve.h"
#include "common/experiment/schema.h"
#include "coordinator/cli/run_view.h"
#include "coordinator/cli/time_limit.h"
#include "coordinator/cli/warm_start.h"
#include "coordinator/cli/yaml.h"
#include "coordinator/search/ensemble.h"
#include "coordinator/search/hyperband.h"
#include "coordinator/search/make_proposer.h"
#include "coordinator/store/extension.h"

namespace rondo::cli {

namespace {

// Virtual workers for each real one: fewer than the first leave ranks idle, more than the second gain
// nothing.
constexpr std::uint32_t least_lanes_per_worker = 2;
constexpr std::uint32_t good_lanes_per_worker = 3;

std::string file_of_run(const std::string& folder, store::FileSystem& files) {
  const store::RunPaths paths{folder};
  if (files.kind(paths.journal()) != store::PathKind::file) {
    throw_bad_input("there is no run in '{}' (it has no journal.rondo)", folder);
  }
  for (const std::string& path : {paths.experiment(), paths.waiting_experiment()}) {
    if (files.kind(path) == store::PathKind::file) return path;
  }
  throw_bad_input("'{}' is gone: give the search command again that made the run", paths.experiment());
}

// What file and flags say, with every default.
proto::Experiment read_experiment(const SearchOptions& options, store::FileSystem& files) {
  std::string file = options.file;
  if (options.resume) file = file_of_run(options.out, files);
  if (!options.extend.empty()) file = file_of_run(options.extend, files);
  proto::Experiment experiment;
  if (!file.empty()) {
    if (files.kind(file) != store::PathKind::file) throw_bad_input("{}: there is no such file", file);
    experiment = read_yaml(files.read(file), file);
  }
  apply_flags(options.flags, experiment);
  fill_defaults(experiment);
  const auto given = options.flags.texts.find("warm-start");
  const bool anew = given != options.flags.texts.end() && !given->second.empty();
  resolve_first_networks(experiment, anew, files);
  return experiment;
}

std::string folder_of(const SearchOptions& options, const proto::Experiment& experiment) {
  if (!options.out.empty()) return options.out;
  if (!options.extend.empty()) {
    const std::size_t end = options.extend.find_last_not_of('/') + 1;
    return fmt::format("{}-{}", options.extend.substr(0, end), experiment.budget().trials());
  }
  const std::string name = std::filesystem::path(experiment.data().path()).stem().string();
  if (name.empty()) throw_bad_input("where to? name the run's folder with --out");
  return "runs/" + name;
}

std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t most = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

// "4 numeric (a, b, c, d), 2 categorical (island, sex)"
std::string columns_text(const proto::DataSettings& data) {
  std::vector<std::string> numeric;
  std::vector<std::string> categorical;
  for (const proto::Column& column : data.columns()) {
    (column.type() == proto::COLUMN_TYPE_NUMERIC ? numeric : categorical).push_back(column.name());
  }
  std::string text;
  if (!numeric.empty()) text += fmt::format("{} numeric ({})", numeric.size(), names_text(numeric));
  if (!categorical.empty()) {
    text += fmt::format("{}{} categorical ({})", text.empty() ? "" : ", ", categorical.size(),
                        names_text(categorical));
  }
  return text;
}

// Trials of a bracket that the budget leaves unfilled wait at its first rung. Empty: there are none.
std::string bracket_note(const proto::Experiment& experiment) {
  const proto::SearchSettings& settings = experiment.search();
  if (settings.stopper() != proto::STOPPER_KIND_HYPERBAND) return {};
  const std::vector<search::HyperbandBracket> round =
      search::hyperband_round(Epoch(experiment.training().epochs()), settings.hyperband().reduction(),
                              settings.hyperband().brackets());
  std::uint64_t all = 0;
  for (const search::HyperbandBracket& bracket : round) all += bracket.front().trials;
  const std::uint64_t trials = experiment.budget().trials();
  std::uint64_t waiting = trials % all;
  for (const search::HyperbandBracket& bracket : round) {
    if (waiting < bracket.front().trials) {
      // A bracket of one rung trains to the end at once.
      if (waiting == 0 || bracket.size() == 1) return {};
      break;
    }
    waiting -= bracket.front().trials;
  }
  return fmt::format(
      "a round of hyperband's brackets has {} trials; the last {} of {} don't fill their bracket and wait in "
      "it for more (rondo extend)",
      all, waiting, trials);
}

// Objectives that nobody searches by, or a sampler of several that has one. Empty: neither.
std::string objectives_note(const proto::SearchSettings& settings) {
  const bool several = settings.objectives_size() > 1;
  const bool weighs = settings.sampler() == proto::SAMPLER_KIND_NSGA2;
  if (several && !weighs) {
    return "this sampler looks at the score alone; --sampler nsga2 weighs all objectives";
  }
  if (!several && weighs) {
    return "nsga2 has one objective, the score; name more with --objectives score,parameters";
  }
  return {};
}

std::string target_text(const SearchInput& input) {
  const proto::DataSettings& data = input.problem.experiment.data();
  const std::size_t classes = input.problem.classes;
  return fmt::format("{}: {}{}, ranked by {}{}", data.target(), task_name(data.task()),
                     classes > 0 ? fmt::format(", {} classes", classes) : "", metric_name(data.metric()),
                     input.told.data().metric() == proto::METRIC_AUTO ? " (the task's default)" : "");
}

// "220 training, 55 validation, 69 test", or "275 in 5 folds, 69 test".
std::string rows_text(const Problem& problem) {
  const std::uint32_t folds = problem.experiment.split().folds();
  if (folds == 0) {
    return fmt::format("{} training, {} validation, {} test", problem.training_rows, problem.validation_rows,
                       problem.test_rows);
  }
  return fmt::format("{} in {} folds, each once validation rows, {} test",
                     problem.training_rows + problem.validation_rows, folds, problem.test_rows);
}

// A candidate's predictions are one message between ranks.
void check_ensemble(const Problem& problem) {
  constexpr std::uint64_t most = std::uint64_t{1} << 30U;
  if (problem.experiment.final().ensemble_rule() != proto::ENSEMBLE_RULE_GREEDY) return;
  const bool folds = problem.experiment.split().folds() > 0;
  const std::uint64_t rows = problem.validation_rows + (folds ? problem.training_rows : 0);
  const std::uint64_t columns = problem.classes > 0 ? problem.shape.outputs : 0;
  const std::uint64_t size = search::predictions_size(rows, columns);
  if (size <= most) return;
  throw_bad_input(
      "final.ensemble_rule is greedy: a candidate's predictions for {} validation rows are {} bytes, above "
      "{}; take fewer validation rows, or the rule best",
      rows, size, most);
}

}  // namespace

SearchInput read_experiment_and_table(const SearchOptions& options, store::FileSystem& files) {
  proto::Experiment told = read_experiment(options, files);
  Problem problem = load_problem(told);
  auto proposer = search::make_proposer(problem.experiment, problem.shape);
  return {std::move(told), std::move(problem), std::move(proposer), {}};
}

SearchInput read_search(const SearchOptions& options, store::FileSystem& files) {
  SearchInput input = read_experiment_and_table(options, files);
  check_ensemble(input.problem);
  if (!options.time_limit.empty()) static_cast<void>(parse_duration(options.time_limit));
  store::RunRequest& request = input.request;
  request.folder = folder_of(options, input.told);
  request.experiment = input.problem.experiment;
  request.dataset = input.problem.loaded.digest;
  request.experiment_text = write_yaml(input.problem.experiment);
  request.overwrite = options.overwrite;
  request.must_exist = options.resume;
  store::RunFolder::check(files, request);
  if (!options.extend.empty()) store::check_extension(files, options.extend, request);
  return input;
}

void check_search(const SearchOptions& options) {
  store::PosixFileSystem files;
  static_cast<void>(read_search(options, files));
}

std::string run_folder_of(const SearchOptions& options) {
  store::PosixFileSystem files;
  return folder_of(options, options.out.empty() ? read_experiment(options, files) : proto::Experiment());
}

std::string plan_text(const SearchInput& input) {
  const proto::Experiment& experiment = input.problem.experiment;
  const auto row = [](const char* name, const std::string& text) {
    return fmt::format("{:<9}  {}\n", name, text);
  };
  std::string text;
  text += row("table", fmt::format("{}: {} rows, {} columns", experiment.data().path(),
                                   input.problem.loaded.table.rows(), input.problem.loaded.table.columns()));
  text += row("target", target_text(input));
  text += row("inputs", columns_text(experiment.data()));
  text += row("rows", rows_text(input.problem));
  text += row("search", search_text(experiment));
  const proto::SearchSettings& settings = experiment.search();
  if (settings.first_size() > 0) {
    const std::string from =
        settings.warm_start().has_digest()
            ? fmt::format(", the best of a run with the digest {} among them", settings.warm_start().digest())
            : "";
    text += row("first", fmt::format("{} given networks{}", settings.first_size(), from));
  }
  text += row("run", input.request.folder);
  for (const std::string& note : {bracket_note(experiment), objectives_note(experiment.search())}) {
    if (!note.empty()) text += row("note", note);
  }
  for (const std::string& note : data::resolution_notes(input.told, experiment, input.problem.loaded.table)) {
    text += row("note", note);
  }
  return text;
}

std::string lanes_note(const proto::Experiment& experiment, std::uint32_t workers) {
  const std::uint32_t lanes = experiment.search().lanes();
  if (lanes / least_lanes_per_worker >= workers) return {};
  return fmt::format(
      "{} lanes cannot keep {} workers busy: --lanes {} would; but that is another experiment, with another "
      "result",
      lanes, workers, std::uint64_t{workers} * good_lanes_per_worker);
}

}  // namespace rondo::cli
