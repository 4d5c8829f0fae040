#include "coordinator/cli/app.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "common/base/text.h"
#include "common/base/versions.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/launch.h"

namespace rondo::cli {

namespace {

// Under mpirun (Open MPI) and srun (PMIx) a process knows its place before MPI is started.
std::uint32_t number_from_environment(std::initializer_list<const char*> names, std::uint32_t otherwise) {
  for (const char* const name : names) {
    const char* const text = std::getenv(name);
    if (text == nullptr) continue;
    if (const auto value = parse_u64(text)) return static_cast<std::uint32_t>(*value);
  }
  return otherwise;
}

using Action = std::function<ExitCode()>;

void add_search(CLI::App& app, Action& action, const World& world) {
  auto options = std::make_shared<SearchOptions>();
  CLI::App* const command =
      app.add_subcommand("search", "search for a network; alone, or on every rank of mpirun");
  command->add_option("experiment", options->file, "experiment.yaml; flags come on top of it");
  add_experiment_flags(*command, options->flags);
  command->add_option("--out", options->out, "the run's folder (runs/NAME-OF-THE-TABLE)");
  command->add_flag("--overwrite", options->overwrite, "replace a run that is in the folder");
  command->add_flag("--json", options->json, "one JSON object on standard output");
  command->callback(
      [options, &action, &world] { action = [=, &world] { return search_command(*options, world); }; });
}

void add_resume(CLI::App& app, Action& action, const World& world) {
  auto options = std::make_shared<SearchOptions>();
  options->resume = true;
  CLI::App* const command = app.add_subcommand("resume", "go on with a run that was paused or killed");
  command->add_option("run", options->out, "the run's folder")->required();
  command->add_flag("--json", options->json, "one JSON object on standard output");
  command->callback(
      [options, &action, &world] { action = [=, &world] { return search_command(*options, world); }; });
}

void add_readers(CLI::App& app, Action& action) {
  auto show = std::make_shared<ShowOptions>();
  CLI::App* command = app.add_subcommand("show", "leaderboard, experiment and digest of a run");
  command->add_option("run", show->run, "the run's folder")->required();
  command->add_option("--most", show->most, "trials to list (20)");
  command->add_flag("--json", show->json, "one JSON object on standard output");
  command->callback([show, &action] { action = [=] { return show_command(*show); }; });

  auto verify = std::make_shared<VerifyOptions>();
  command = app.add_subcommand("verify", "check a run's checksums and chain");
  command->add_option("run", verify->run, "the run's folder")->required();
  command->add_flag("--json", verify->json, "one JSON object on standard output");
  command->callback([verify, &action] { action = [=] { return verify_command(*verify); }; });

  auto replay = std::make_shared<ReplayOptions>();
  command =
      app.add_subcommand("replay", "train again what a journal holds, on one rank, and compare every epoch");
  command->add_option("run", replay->run, "the run's folder")->required();
  command->add_option("--trial", replay->trial, "only this trial");
  command->add_option("--data", replay->data, "the table, when it is no longer where the run found it");
  command->add_flag("--json", replay->json, "one JSON object on standard output");
  command->callback([replay, &action] { action = [=] { return replay_command(*replay); }; });
}

void add_model_commands(CLI::App& app, Action& action) {
  auto predict = std::make_shared<PredictOptions>();
  CLI::App* command = app.add_subcommand("predict", "predictions of the retrained winner for a table");
  command->add_option("run", predict->run, "the run's folder")->required();
  command->add_option("table", predict->table, "a CSV file with the same input columns")->required();
  command->add_option("--out", predict->out, "the CSV file to write (standard output)");
  command->add_flag("--overwrite", predict->overwrite, "replace the file");
  command->callback([predict, &action] { action = [=] { return predict_command(*predict); }; });

  auto evaluate = std::make_shared<EvaluateOptions>();
  command = app.add_subcommand("evaluate", "metrics of the retrained winner on a table with its target");
  command->add_option("run", evaluate->run, "the run's folder")->required();
  command->add_option("table", evaluate->table, "a CSV file with the same columns")->required();
  command->add_flag("--json", evaluate->json, "one JSON object on standard output");
  command->callback([evaluate, &action] { action = [=] { return evaluate_command(*evaluate); }; });

  auto seeds = std::make_shared<SeedsOptions>();
  command = app.add_subcommand("seeds", "the keys that follow from a master seed, to check by hand");
  command->add_option("--master", seeds->master, "the master seed")->required();
  command->add_option("--trial", seeds->trial, "a trial's keys too");
  command->add_flag("--json", seeds->json, "one JSON object on standard output");
  command->callback([seeds, &action] { action = [=] { return seeds_command(*seeds); }; });
}

int report(const World& world, const char* message, ExitCode code) {
  // Every rank reads the same arguments; one of them says what is wrong with them.
  if (world.rank == 0) std::fprintf(stderr, "rondo: %s\n", message);
  return static_cast<int>(code);
}

}  // namespace

int run(int argc, char** argv) {
  World world;
  world.rank = number_from_environment({"OMPI_COMM_WORLD_RANK", "PMIX_RANK"}, 0);
  world.size = number_from_environment({"OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS"}, 1);
  world.argc = &argc;
  world.argv = &argv;
  try {
    CLI::App app(
        "Rondo: neural architecture search whose result is the same, bit for bit, on any number of ranks",
        "rondo");
    app.set_version_flag("--version", fmt::format("rondo {}", release_version));
    app.require_subcommand(1);
    Action action;
    add_search(app, action, world);
    add_resume(app, action, world);
    add_readers(app, action);
    add_model_commands(app, action);
    add_launch(app, action);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& success) {
      return world.rank == 0 ? app.exit(success) : 0;
    } catch (const CLI::ParseError& error) {
      return report(world, fmt::format("{} (see rondo --help)", error.what()).c_str(), ExitCode::usage);
    }
    return static_cast<int>(action());
  } catch (const Error& error) {
    return report(world, error.what(), exit_code(error.code()));
  } catch (const std::bad_alloc&) {
    return report(world, "out of memory", ExitCode::failed);
  } catch (const std::exception& error) {
    return report(world, error.what(), ExitCode::failed);
  }
}

}  // namespace rondo::cli
