#include "coordinator/cli/search_arguments.h"

#include <algorithm>

#include "common/base/error.h"

namespace rondo::cli {

namespace {

// One of the experiment's flags, for a command that has no others. Never takes what stands behind its value.
CLI::Option* add_flag_value(CLI::App& command, SearchOptions& options, const std::string& flag,
                            const std::string& help) {
  return command.add_option("--" + flag, options.flags.texts[flag], help)
      ->expected(1)
      ->allow_extra_args(false);
}

// Of this launch alone: no part of the experiment, so it may be another one at each resume.
void add_time_limit(CLI::App& command, SearchOptions& options) {
  command.add_option("--time-limit", options.time_limit, "time after which this launch pauses, as 3h55m")
      ->expected(1)
      ->allow_extra_args(false);
}

}  // namespace

CLI::App& add_search(CLI::App& app, SearchOptions& options) {
  CLI::App& command =
      *app.add_subcommand("search", "search for a network; alone, or on every rank of mpirun");
  command.add_option("experiment", options.file, "experiment.yaml; flags come on top of it");
  add_experiment_flags(command, options.flags);
  command.add_option("--out", options.out, "the run's folder (runs/NAME-OF-THE-TABLE)");
  command.add_flag("--overwrite", options.overwrite, "replace a run that is in the folder");
  add_time_limit(command, options);
  command.add_flag("--json", options.json, "one JSON object on standard output");
  return command;
}

CLI::App& add_resume(CLI::App& app, SearchOptions& options) {
  CLI::App& command = *app.add_subcommand("resume", "go on with a run that was paused or killed");
  command.add_option("run", options.out, "the run's folder")->required();
  add_flag_value(command, options, "data", "the table, when it is no longer where the run found it");
  add_time_limit(command, options);
  command.add_flag("--json", options.json, "one JSON object on standard output");
  return command;
}

CLI::App& add_extend(CLI::App& app, SearchOptions& options) {
  CLI::App& command = *app.add_subcommand(
      "extend", "the search of a run with more trials, which begins with the results that the run holds");
  command.add_option("run", options.extend, "the run's folder; nothing in it changes")->required();
  add_flag_value(command, options, "trials", "how many trials there are to be in all")->required();
  command.add_option("--out", options.out, "the new run's folder (RUN-TRIALS)");
  add_flag_value(command, options, "data", "the table, when it is no longer where the run found it");
  command.add_flag("--overwrite", options.overwrite, "replace a run that is in the new folder");
  add_time_limit(command, options);
  command.add_flag("--json", options.json, "one JSON object on standard output");
  return command;
}

SearchOptions parse_search(const std::vector<std::string>& command) {
  CLI::App app;
  app.require_subcommand(1);
  SearchOptions search;
  SearchOptions resume;
  resume.resume = true;
  add_search(app, search);
  const CLI::App& resumes = add_resume(app, resume);
  SearchOptions extend;
  const CLI::App& extends = add_extend(app, extend);
  std::vector<std::string> arguments(command.rbegin(), command.rend());
  try {
    app.parse(arguments);
  } catch (const CLI::Success&) {
    throw_bad_input("rondo launch starts a search; its help: rondo {} --help",
                    command.empty() ? "search" : command.front());
  } catch (const CLI::ParseError& error) {
    throw_bad_input("{} (see rondo {} --help)", error.what(), command.empty() ? "search" : command.front());
  }
  if (extends.parsed()) return extend;
  return resumes.parsed() ? resume : search;
}

}  // namespace rondo::cli
