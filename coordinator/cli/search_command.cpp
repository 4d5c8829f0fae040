// rondo search, resume and extend: wires input, run folder, coordinator and workers.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/numerics/floating_point_mode.h"
#include "common/transport/cores.h"
#include "common/transport/daemon.h"
#include "common/transport/in_process.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/derive.h"
#include "coordinator/cli/environment.h"
#include "coordinator/cli/front_view.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/pause_signals.h"
#include "coordinator/cli/progress.h"
#include "coordinator/cli/run_view.h"
#include "coordinator/cli/search_input.h"
#include "coordinator/cli/time_limit.h"
#include "coordinator/runtime/driver.h"
#include "coordinator/runtime/waiting_room.h"
#include "coordinator/search/make_stopper.h"
#include "coordinator/store/extension.h"
#include "worker/kernels/self_test.h"
#include "worker/runtime/serve.h"

namespace rondo::cli {

namespace {

// Trials listed at a search's end; `rondo show` lists more.
constexpr std::size_t shown_trials = 10;
// Far below the time after which a worker that heard nothing leaves.
constexpr std::chrono::seconds keep_waiting_every{2};
// A cut line is noticed by all ranks of a host within a part of the rank timeout.
constexpr std::chrono::seconds others_leave_within{10};

// How the user would call this program again.
std::string program_name(const World& world) {
  const std::string called = (*world.argv)[0];
  if (called.find('/') == std::string::npos) return called;
  std::error_code failed;
  std::string near = std::filesystem::proximate(called, failed).string();
  // In the current folder itself; a bare name would be looked for elsewhere.
  if (near.find('/') == std::string::npos) near = "./" + near;
  return !failed && near.size() < called.size() ? near : called;
}

// The checked input, and the folder that is open for it.
struct OpenSearch {
  SearchInput input;
  store::RunFolder folder;
};

// What another run knows; kept in the new one's folder, so that a search that is killed goes on with it.
void take_over(const std::string& run, store::FileSystem& files, store::RunFolder& folder) {
  const store::JournalContents journal = store::read_journal(files, store::RunPaths{run}.journal());
  std::vector<schedule::KeptResult> results = store::committed_results(journal.records);
  std::fprintf(stderr, "%-9s  takes over what %s holds: results of %zu trials\n", "note", run.c_str(),
               results.size());
  folder.cache().adopt(std::move(results));
}

// Adds this launch, whose ranks said what they are, to those that the folder names.
void write_environment(store::FileSystem& files, store::RunFolder& folder, const std::string& name,
                       const std::vector<std::string>& ranks) {
  const std::string path = store::RunPaths{name}.environment();
  const bool exists = files.kind(path) == store::PathKind::file;
  folder.write_environment(environment_json(ranks, exists ? files.read(path) : std::string()));
}

OpenSearch open_search(const SearchOptions& options, store::FileSystem& files,
                       const std::vector<std::string>& ranks) {
  numerics::set_floating_point_mode();  // MPI was started since the process set it
  const auto workers = static_cast<std::uint32_t>(ranks.size() > 1 ? ranks.size() - 1 : 1);
  SearchInput input = read_search(options, files);
  std::fputs(plan_text(input).c_str(), stderr);
  const std::string note = lanes_note(input.problem.experiment, workers);
  if (!note.empty()) std::fprintf(stderr, "%-9s  %s\n", "note", note.c_str());
  std::fflush(stderr);
  store::RunFolder folder = store::RunFolder::open(files, input.request);
  if (!folder.is_new()) std::fprintf(stderr, "%-9s  %s\n", "note", "goes on with the run that is there");
  if (folder.is_new() && !options.extend.empty()) take_over(options.extend, files, folder);
  write_environment(files, folder, input.request.folder, ranks);
  return {std::move(input), std::move(folder)};
}

// The same while workers of other processes wait: they hear from us meanwhile, and leave with us when the
// input is wrong.
OpenSearch open_search_for(transport::Transport& transport, const SearchOptions& options,
                           store::FileSystem& files, const std::vector<std::string>& ranks, World& world) {
  try {
    auto opening = std::async(
        std::launch::async, [&] { return std::make_unique<OpenSearch>(open_search(options, files, ranks)); });
    while (opening.wait_for(keep_waiting_every) != std::future_status::ready) {
      runtime::keep_waiting(transport);
    }
    return std::move(*opening.get());
  } catch (const Error& error) {
    runtime::dismiss(transport, error.what(), exit_code(error.code()));
    world.everybody_leaves = true;
    throw;
  } catch (const std::exception& error) {
    runtime::dismiss(transport, error.what(), ExitCode::failed);
    world.everybody_leaves = true;
    throw;
  }
}

// What may end a search before its end.
struct Pauses {
  const std::atomic<bool>& asked;
  std::optional<runtime::PauseTime> at;
};

runtime::DriverResult drive(transport::Transport& transport, OpenSearch& search, store::FileSystem& files,
                            const Pauses& pauses) {
  numerics::set_floating_point_mode();
  const proto::Experiment& experiment = search.input.problem.experiment;
  ProgressDisplay display(metric_name(experiment.data().metric()));
  runtime::DriverOptions options;
  options.experiment = experiment;
  options.dataset = search.input.problem.loaded.digest;
  options.numerics = kernels::numerics_digest();
  options.schedule = core_options(experiment);
  options.pause_at = pauses.at;
  runtime::DriverCallbacks callbacks;
  callbacks.progress = [&](const runtime::SearchProgress& progress) { display.show(progress); };
  callbacks.message = [&](const std::string& text) { display.message(text); };
  if (search.input.problem.test_rows > 0) {
    callbacks.evaluate = [&](const std::string& model) { return test_metrics(search.input.problem, model); };
  }
  callbacks.validation_truth = [&] { return validation_truth(search.input.problem); };
  const auto stopper = search::make_stopper(experiment);
  return runtime::drive(transport, files, search.folder, *search.input.proposer, *stopper, options, callbacks,
                        pauses.asked);
}

void print_end(const Output& output, const store::RunSummary& run, const FrontQuestion& question,
               const std::string& program) {
  output.line("");
  output.text(leaderboard_text(run, shown_trials));
  output.line("");
  if (question.several()) output.text(front_text(run, question) + "\n");
  if (run.final_result) output.text(winner_text(run));
  output.line(fmt::format("run        {}", run.folder));
  output.line(fmt::format("digest     {}", run.digest));
  output.line(fmt::format("repeat     {} search {} --out ANOTHER-FOLDER", program,
                          store::RunPaths{run.folder}.experiment()));
  output.line(fmt::format("check      {} replay {}", program, run.folder));
  if (run.final_result) output.line(fmt::format("use        {} predict {} NEW.csv", program, run.folder));
}

ExitCode report(const SearchOptions& options, const runtime::DriverResult& result, const std::string& folder,
                store::FileSystem& files, const World& world) {
  if (!result.message.empty()) std::fprintf(stderr, "rondo: %s\n", result.message.c_str());
  if (result.exit != ExitCode::done && result.exit != ExitCode::paused) return result.exit;
  const Output output(options.json);
  const store::RunSummary run = store::summarize(files, folder);
  const FrontQuestion question = front_question(run, false, files);
  if (result.exit == ExitCode::done) print_end(output, run, question, program_name(world));
  nlohmann::ordered_json json = run_json(run);
  add_front(run, question, json);
  json["run"] = folder;
  output.object(json);
  return result.exit;
}

ExitCode search_alone(const SearchOptions& options, const runtime::WorkerOptions& worker_options,
                      const World& world, const Pauses& pauses) {
  store::PosixFileSystem files;
  OpenSearch search = open_search(options, files, {describe_rank()});
  const auto ends = transport::make_in_process(2);
  runtime::DriverResult result;
  {
    const std::jthread worker([&] { static_cast<void>(runtime::serve(*ends[1], worker_options)); });
    result = drive(*ends[0], search, files, pauses);
  }
  return report(options, result, search.input.request.folder, files, world);
}

ExitCode coordinate(transport::Transport& transport, const SearchOptions& options,
                    const std::vector<std::string>& ranks, World& world, const Pauses& pauses) {
  store::PosixFileSystem files;
  OpenSearch search = open_search_for(transport, options, files, ranks, world);
  const runtime::DriverResult result = drive(transport, search, files, pauses);
  world.everybody_leaves = result.everybody_leaves;
  return report(options, result, search.input.request.folder, files, world);
}

ExitCode work(transport::Transport& transport, const runtime::WorkerOptions& worker_options, World& world) {
  const runtime::ServeResult result = runtime::serve(transport, worker_options);
  world.everybody_leaves = result.everybody_leaves;
  if (result.end != runtime::ServeEnd::shut_down) {
    std::fprintf(stderr, "rondo (rank %u): %s\n", transport.rank().value(), result.message.c_str());
    std::fflush(stderr);
  }
  if (result.end == runtime::ServeEnd::coordinator_lost) transport::end_daemon(others_leave_within);
  return static_cast<ExitCode>(result.exit_code);
}

}  // namespace

ExitCode search_command(const SearchOptions& options, World& world) {
  // What is wrong with the environment is found before MPI starts.
  runtime::WorkerOptions worker_options = runtime::worker_options_from_environment();
  static_cast<void>(kernels::numerics_digest());
  worker_options.cores = transport::share_of_cores(transport::own_cores(), {});
  if (!options.time_limit.empty()) static_cast<void>(parse_duration(options.time_limit));
  const bool coordinates = world.place.rank == 0;
  if (!coordinates) leave_signals_to_coordinator();
  std::optional<Pauses> pauses;
  if (coordinates) {
    const std::atomic<bool>& asked = pause_on_signals();
    const auto started = std::chrono::steady_clock::now();
    pauses.emplace(Pauses{asked, pause_time(options.time_limit, slurm_time_left(), started)});
  }
  if (world.place.size < 2) return search_alone(options, worker_options, world, *pauses);
  const std::unique_ptr<transport::Transport> transport = transport::make_mpi(*world.argc, *world.argv);
  world.mpi_started = true;
  worker_options.cores = transport::mpi_share_of_cores();
  worker_options.process_ends = true;
  const std::vector<std::string> ranks = transport::mpi_gather(describe_rank());
  if (coordinates) return coordinate(*transport, options, ranks, world, *pauses);
  return work(*transport, worker_options, world);
}

}  // namespace rondo::cli
