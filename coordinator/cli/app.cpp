#include "coordinator/cli/app.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/versions.h"
#include "common/numerics/floating_point_mode.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/launch.h"
#include "coordinator/cli/search_arguments.h"

namespace rondo::cli {

namespace {

using Action = std::function<ExitCode()>;

void add_searches(CLI::App& app, Action& action, World& world) {
  auto search = std::make_shared<SearchOptions>();
  add_search(app, *search).callback([search, &action, &world] {
    action = [=, &world] { return search_command(*search, world); };
  });
  auto resume = std::make_shared<SearchOptions>();
  resume->resume = true;
  add_resume(app, *resume).callback([resume, &action, &world] {
    action = [=, &world] { return search_command(*resume, world); };
  });
  auto extend = std::make_shared<SearchOptions>();
  add_extend(app, *extend).callback([extend, &action, &world] {
    action = [=, &world] { return search_command(*extend, world); };
  });
  add_launch(app, action, [](const std::vector<std::string>& command) {
    const SearchOptions options = parse_search(command);
    check_search(options);
    return run_folder_of(options);
  });
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
  CLI::App* command = app.add_subcommand("predict", "predictions of the run's model for a table");
  command->add_option("run", predict->run, "the run's folder")->required();
  command->add_option("table", predict->table, "a CSV file with the same input columns")->required();
  command->add_option("--out", predict->out, "the CSV file to write (standard output)");
  command->add_flag("--overwrite", predict->overwrite, "replace the file");
  command->callback([predict, &action] { action = [=] { return predict_command(*predict); }; });

  auto evaluate = std::make_shared<EvaluateOptions>();
  command = app.add_subcommand("evaluate", "metrics of the run's model on a table with its target");
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

  auto doctor = std::make_shared<DoctorOptions>();
  command = app.add_subcommand("doctor", "whether this machine computes what every other one does");
  command->add_flag("--json", doctor->json, "one JSON object on standard output");
  command->callback([doctor, &action] { action = [=] { return doctor_command(*doctor); }; });
}

void print(const World& world, const std::string& message) {
  const std::string who = world.place.rank == 0 ? "" : fmt::format(" (rank {})", world.place.rank);
  std::fprintf(stderr, "rondo%s: %s\n", who.c_str(), message.c_str());
}

// Every rank reads the same arguments; one of them says what is wrong with them.
std::optional<ExitCode> parse(CLI::App& app, int argc, char** argv, const World& world) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    if (world.place.rank == 0) app.exit(success);
    return ExitCode::done;
  } catch (const CLI::ParseError& error) {
    if (world.place.rank == 0) print(world, fmt::format("{} (see rondo --help)", error.what()));
    return ExitCode::usage;
  }
  return std::nullopt;
}

ExitCode run_command(int argc, char** argv, World& world) {
  numerics::set_floating_point_mode();
  try {
    CLI::App app(
        "Rondo: neural architecture search whose result is the same, bit for bit, on any number of ranks",
        "rondo");
    app.set_version_flag("--version", fmt::format("rondo {}", release_version));
    app.require_subcommand(1);
    Action action;
    add_searches(app, action, world);
    add_readers(app, action);
    add_model_commands(app, action);
    const std::optional<ExitCode> parsed = parse(app, argc, argv, world);
    return parsed ? *parsed : action();
  } catch (const Error& error) {
    print(world, error.what());
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    print(world, "out of memory");
  } catch (const std::exception& error) {
    print(world, error.what());
  }
  return ExitCode::failed;
}

}  // namespace

int run(int argc, char** argv) {
  World world;
  world.place = transport::place_from_environment();
  world.argc = &argc;
  world.argv = &argv;
  if (world.place.rank == 0) report_started();
  const int code = static_cast<int>(run_command(argc, argv, world));
  if (world.place.rank == 0) report_ended(code);
  if (world.mpi_started) transport::leave_mpi(code, world.everybody_leaves);
  return code;
}

}  // namespace rondo::cli
