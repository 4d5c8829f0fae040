// rondo submit: a search as a batch job, from check to job id.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "coordinator/cli/batch_script.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/run_program.h"
#include "coordinator/store/file_system.h"

namespace rondo::cli {

namespace {

// A busy slurmctld answers late; sbatch itself gives up earlier.
constexpr std::chrono::seconds sbatch_longest{120};

std::string path_of_this_program() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string("rondo");
}

// --profile, else $RONDO_PROFILE, else ~/.config/rondo/profile where there is one.
std::string profile_file(const std::string& told, store::FileSystem& files) {
  if (!told.empty()) return told;
  if (const char* const named = std::getenv("RONDO_PROFILE")) return named;
  const char* const home = std::getenv("HOME");
  if (home == nullptr) return {};
  const std::string usual = fmt::format("{}/.config/rondo/profile", home);
  return files.kind(usual) == store::PathKind::file ? usual : std::string();
}

SiteProfile profile_for(const SubmitOptions& options, store::FileSystem& files) {
  SiteProfile profile;
  const std::string file = profile_file(options.profile, files);
  if (!file.empty()) {
    if (files.kind(file) != store::PathKind::file) throw_bad_input("{}: there is no such profile", file);
    profile = read_profile(files.read(file), file);
  }
  if (!options.partition.empty()) profile.partition = options.partition;
  if (!options.account.empty()) profile.account = options.account;
  if (!options.launcher.empty()) profile.launcher = options.launcher;
  return profile;
}

void write_script(const std::string& path, const std::string& text) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code failed;
  if (!parent.empty()) std::filesystem::create_directories(parent, failed);
  store::PosixFileSystem files;
  store::write_atomically(files, path, text);
}

std::string hand_to_slurm(const std::string& script) {
  const auto answer = run_program({"sbatch", "--parsable", script}, sbatch_longest);
  if (!answer) {
    throw_environment(
        "sbatch is not there or does not answer: submit {} where Slurm is, or give --hostfile to run "
        "without it",
        script);
  }
  if (answer->exit_code != 0) throw_environment("sbatch refuses {}: {}", script, answer->output);
  // "123" or "123;cluster", behind what a site's own sbatch may print.
  std::string text = answer->output;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  text = text.substr(text.find_last_of('\n') + 1);
  return text.substr(0, text.find(';'));
}

}  // namespace

ExitCode submit_command(const SubmitOptions& options) {
  store::PosixFileSystem files;
  check_search(options.search);
  std::string run = run_folder_of(options.search);
  run.resize(run.find_last_not_of('/') + 1);
  BatchJob job;
  job.nodes = options.nodes;
  job.tasks_per_node = options.tasks_per_node;
  job.time = options.time;
  job.hosts = options.hosts;
  job.name = "rondo-" + std::filesystem::path(run).filename().string();
  job.log = run + ".log";
  job.folder = std::filesystem::current_path().string();
  job.program = path_of_this_program();
  job.run = run;
  job.search = {options.search.file};
  const std::string text = batch_script(job, profile_for(options, files));
  const std::string script = run + (options.hosts.empty() ? ".sbatch" : ".sh");
  std::fputs(text.c_str(), stdout);
  const Output output(false);
  output.line("");
  if (options.dry_run) {
    output.line(fmt::format("not written, not submitted: {}", script));
    return ExitCode::done;
  }
  write_script(script, text);
  output.line(fmt::format("script     {}", script));
  if (!options.hosts.empty()) {
    output.line(fmt::format("start      bash {}", script));
    return ExitCode::done;
  }
  const std::string id = hand_to_slurm(script);
  output.line(fmt::format("job        {}", id));
  output.line(fmt::format("follow     squeue -j {}; tail -F {}", id, job.log));
  output.line(fmt::format("pause      scancel {}", id));
  output.line(fmt::format("resume     sbatch {}, or here: rondo resume {}", script, run));
  return ExitCode::done;
}

}  // namespace rondo::cli
