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
#include "coordinator/cli/completion.h"
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

void add_submit(CLI::App& app, Action& action) {
  auto submit = std::make_shared<SubmitOptions>();
  CLI::App* command = app.add_subcommand("submit", "a search as a Slurm job that requeues itself until done");
  command->add_option("experiment", submit->search.file, "experiment.yaml")->required();
  command->add_option("--out", submit->search.out, "the run's folder (runs/NAME-OF-THE-TABLE)");
  command->add_option("--nodes", submit->nodes, "nodes, or a range as 2-4 (1)");
  command->add_option("--tasks-per-node", submit->tasks_per_node, "ranks of each node (1)");
  command->add_option("--time", submit->time, "limit of each launch, as 4:00:00 (the partition's)");
  command->add_option("--partition", submit->partition, "Slurm's partition");
  command->add_option("--account", submit->account, "Slurm's account");
  command->add_option("--launcher", submit->launcher, "mpirun or srun (mpirun)");
  command->add_option("--profile", submit->profile, "the site's settings (~/.config/rondo/profile)");
  command->add_option("--hostfile", submit->hosts, "a host file of mpirun: writes a shell script instead");
  command->add_flag("--dry-run", submit->dry_run, "show the script; write and submit nothing");
  command->callback([submit, &action] { action = [=] { return submit_command(*submit); }; });
}

void add_plan(CLI::App& app, Action& action) {
  auto plan = std::make_shared<PlanOptions>();
  CLI::App* command =
      app.add_subcommand("plan", "how busy a search would keep its ranks, and how many lanes suit them");
  command->add_option("experiment", plan->file, "experiment.yaml; flags come on top of it");
  add_experiment_flags(*command, plan->flags);
  command->add_option("--ranks", plan->ranks, "numbers of ranks, coordinator included (2,4,8)");
  command->add_option("--measured", plan->measured,
                      "a run that says how long a tick is and when trials end: its folder");
  command->add_option("--cost-error", plan->cost_error,
                      "how far trials are off their ticks, as a share (0.3)");
  command->add_option("--slow-share", plan->slow_share, "share of assignments that are slow (0.01)");
  command->add_option("--slowness", plan->slowness, "how many times as long those take (5)");
  command->add_flag("--json", plan->json, "one JSON object on standard output");
  command->callback([plan, &action] { action = [=] { return plan_command(*plan); }; });
}

void add_readers(CLI::App& app, Action& action) {
  auto show = std::make_shared<ShowOptions>();
  CLI::App* command = app.add_subcommand("show", "leaderboard, experiment and digest of a run");
  command->add_option("run", show->run, "the run's folder")->required();
  command->add_option("--most", show->most, "trials to list (20)");
  command->add_flag("--pareto", show->pareto, "the front by score, parameters, multiply-adds and ticks");
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
}

void add_doctor(CLI::App& app, Action& action, World& world) {
  auto doctor = std::make_shared<DoctorOptions>();
  CLI::App* command = app.add_subcommand(
      "doctor",
      "whether this machine, or every rank of mpirun, is fit for a search and computes the same bits");
  command->add_option("--folder", doctor->folder, "the folder that runs are written to (runs)");
  command->add_option("--data", doctor->data, "a table that every rank must see");
  command->add_flag("--oversubscribed", doctor->oversubscribed, "more ranks than cores are meant");
  command->add_option("--patience", doctor->patience, "seconds for all ranks to answer (60)")
      ->check(CLI::Range(1, 86'400));
  command->add_flag("--json", doctor->json, "one JSON object on standard output");
  command->callback(
      [doctor, &action, &world] { action = [=, &world] { return doctor_command(*doctor, world); }; });
}

void add_completion(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "a script of completion for a shell");
  command->add_option("shell", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  command->callback([shell, &app, &action] {
    action = [shell, &app] {
      std::fputs((*shell == "bash" ? bash_completion(app) : zsh_completion(app)).c_str(), stdout);
      return ExitCode::done;
    };
  });
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
    add_submit(app, action);
    add_plan(app, action);
    add_readers(app, action);
    add_model_commands(app, action);
    add_doctor(app, action, world);
    add_completion(app, action);
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
