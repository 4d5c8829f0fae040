#include "coordinator/cli/launch.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "common/transport/mpi_transport.h"
#include "common/transport/process.h"
#include "coordinator/cli/launch_processes.h"
#include "coordinator/cli/launch_report.h"
#include "coordinator/cli/progress.h"
#include "coordinator/store/run_folder.h"

namespace rondo::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_interval{100};
// For mpirun to end by itself after rank 0 has; for workers to notice a killed one; for what must be ended to
// obey.
constexpr std::chrono::milliseconds mpirun_longest{5'000};
constexpr std::chrono::milliseconds orphans_longest{1'500};
constexpr std::chrono::milliseconds obey_longest{2'000};

std::string own_program() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) throw_environment("cannot read /proc/self/exe, which names this program");
  return {path.data(), static_cast<std::size_t>(length)};
}

// A file of our own that rank 0 appends to; gone with this object.
class ReportFile {
 public:
  ReportFile() {
    const char* const folder = std::getenv("TMPDIR");
    path_ = fmt::format("{}/rondo-launch-XXXXXX", folder == nullptr ? "/tmp" : folder);
    const int file = mkstemp(path_.data());
    if (file < 0)
      throw_environment("cannot make a file in {}: set TMPDIR to a folder that can be written to", path_);
    close(file);
  }
  ~ReportFile() { unlink(path_.c_str()); }
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Takes the signals that a user or a batch system sends out of the usual handling, so that they can be passed
// on.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGCHLD}) sigaddset(&set_, signal);
    sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  ~Signals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal, after `longest` at most; 0: none came.
  [[nodiscard]] int wait(std::chrono::milliseconds longest) const {
    const timespec time{longest.count() / 1000, (longest.count() % 1000) * 1'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &time);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// Where mpirun takes the number of slots from elsewhere, more ranks than slots are a mistake of the user's.
bool slots_are_given(const std::vector<std::string>& mpirun) {
  const auto is_host_option = [](const std::string& argument) {
    constexpr std::array<std::string_view, 8> names{
        "-H",         "-host",        "--host",        "-hostfile",
        "--hostfile", "-machinefile", "--machinefile", "--default-hostfile"};
    return std::find(names.begin(), names.end(), argument) != names.end();
  };
  if (std::any_of(mpirun.begin(), mpirun.end(), is_host_option)) return true;
  constexpr std::array<const char*, 4> allocations{"SLURM_JOB_ID", "PBS_NODEFILE", "LSB_JOBID",
                                                   "PE_HOSTFILE"};
  return std::any_of(allocations.begin(), allocations.end(),
                     [](const char* name) { return std::getenv(name) != nullptr; });
}

std::vector<std::string> mpirun_arguments(const LaunchOptions& options) {
  std::vector<std::string> arguments{"mpirun", "--enable-recovery",   "-n", fmt::format("{}", options.ranks),
                                     "-x",     launch_report_variable};
  if (terminal_columns()) arguments.insert(arguments.end(), {"-x", terminal_variable});
  // Other hosts get nothing of the environment that mpirun is not told to hand on.
  for (const char* const name : {"RONDO_CACHE", "RONDO_CACHE_BYTES", "RONDO_TARGET"}) {
    if (std::getenv(name) != nullptr) arguments.insert(arguments.end(), {"-x", name});
  }
  // Ranks that wait sleep, so a few more than there are cores do no harm.
  if (!slots_are_given(options.mpirun)) arguments.emplace_back("--oversubscribe");
  arguments.insert(arguments.end(), options.mpirun.begin(), options.mpirun.end());
  arguments.push_back(options.program.empty() ? own_program() : options.program);
  arguments.insert(arguments.end(), options.command.begin(), options.command.end());
  return arguments;
}

// When status.json was written last, to tell this launch's word from an earlier one's.
std::pair<std::int64_t, std::int64_t> status_time(const std::string& folder) {
  struct stat status {};
  if (stat(store::RunPaths{folder}.status().c_str(), &status) != 0) return {0, 0};
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

class Launch {
 public:
  Launch(const LaunchOptions& options, std::string folder) : folder_(std::move(folder)) {
    Environment environment{{launch_report_variable, report_file_.path()}};
    if (const auto columns = terminal_columns()) {
      environment.emplace_back(terminal_variable, fmt::format("{}", *columns));
    }
    if (geteuid() == 0) {
      // Open MPI asks root twice whether it means it; a container's user is often root.
      environment.emplace_back("OMPI_ALLOW_RUN_AS_ROOT", "1");
      environment.emplace_back("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    }
    status_before_ = status_time(folder_);
    mpirun_ = start_program(mpirun_arguments(options), environment);
  }
  // Nothing is left behind, whatever happened.
  ~Launch() { end_what_is_left(); }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  ExitCode run() {
    while (!over()) {
      const int signal = signals_.wait(look_interval);
      if (signal != 0 && signal != SIGCHLD) pass_on(signal);
    }
    end_what_is_left();
    // Rank 0 may have had its last word while mpirun ended.
    look_at_report();
    if (exit_code_) return static_cast<ExitCode>(*exit_code_);
    std::fprintf(stderr,
                 "rondo: the coordinator ended without a result (mpirun's exit code: %d); go on with: rondo "
                 "resume %s\n",
                 mpirun_code_.value_or(1), folder_.c_str());
    return ExitCode::failed;
  }

 private:
  bool over() {
    if (!mpirun_code_) mpirun_code_ = collect(mpirun_);
    look_at_report();
    if (mpirun_code_) return true;
    const bool coordinator_ended = exit_code_.has_value() || (coordinator_ && coordinator_->ended());
    if (!coordinator_ended) return false;
    if (!ended_at_) ended_at_ = Clock::now();
    return Clock::now() - *ended_at_ > (exit_code_ ? mpirun_longest : orphans_longest);
  }

  void look_at_report() {
    const LaunchReport report = read_launch_report(report_file_.path());
    if (!report.host.empty() && !coordinator_) {
      coordinator_ = transport::ProcessWatch::of(report.host, report.process);
    }
    if (report.exit_code) exit_code_ = report.exit_code;
    // On another host, rank 0 does not reach the file: the run's folder, which both see, says how it ended.
    if (exit_code_ || !report.host.empty()) return;
    const auto status = store::read_status(files_, folder_);
    const bool ended = status && status->state != store::RunState::running;
    if (ended && status_time(folder_) != status_before_) exit_code_ = status->exit_code;
  }

  // The first one pauses the search. A second SIGINT is a user's who will not wait; a batch system's signals
  // come several times.
  void pass_on(int signal) {
    if (asked_) {
      if (signal == SIGINT) end_what_is_left();
      return;
    }
    asked_ = true;
    // To mpirun itself SIGINT and SIGTERM mean: kill the ranks. SIGUSR1 it hands to them.
    if (coordinator_) {
      kill(static_cast<pid_t>(coordinator_->process()), SIGUSR1);
    } else if (!mpirun_code_) {
      kill(mpirun_, SIGUSR1);
    }
  }

  void end_what_is_left() {
    if (!mpirun_code_) {
      kill(-mpirun_, SIGTERM);
      const auto deadline = Clock::now() + obey_longest;
      while (!(mpirun_code_ = collect(mpirun_)) && Clock::now() < deadline)
        static_cast<void>(signals_.wait(look_interval));
    }
    end_marked_processes(launch_report_variable, report_file_.path(), obey_longest);
    if (!mpirun_code_) {
      kill(-mpirun_, SIGKILL);
      while (!(mpirun_code_ = collect(mpirun_))) static_cast<void>(signals_.wait(look_interval));
    }
  }

  std::string folder_;
  Signals signals_;
  ReportFile report_file_;
  store::PosixFileSystem files_;
  std::pair<std::int64_t, std::int64_t> status_before_;
  pid_t mpirun_ = 0;
  std::optional<int> mpirun_code_;
  std::optional<transport::ProcessWatch> coordinator_;
  std::optional<int> exit_code_;
  std::optional<Clock::time_point> ended_at_;
  bool asked_ = false;
};

}  // namespace

ExitCode launch(const LaunchOptions& options, const CheckCommand& check) {
  if (options.ranks == 0) throw_bad_input("rondo launch: -n must be at least 1, the number of ranks");
  if (options.command.empty() ||
      (options.command.front() != "search" && options.command.front() != "resume")) {
    throw_bad_input(
        "rondo launch: after -- comes the command of the ranks, search or resume: rondo launch -n {} -- "
        "search --data …",
        options.ranks);
  }
  const std::string folder = check(options.command);
  return Launch(options, folder).run();
}

void add_launch(CLI::App& app, std::function<ExitCode()>& action, CheckCommand check) {
  const auto options = std::make_shared<LaunchOptions>();
  CLI::App* const command = app.add_subcommand(
      "launch", "start a search on several ranks with mpirun; killed workers don't end it");
  command->add_option("-n,--ranks", options->ranks, "ranks to start, coordinator included")->required();
  command->add_option("--mpirun-arg", options->mpirun, "a further argument of mpirun; may be given again")
      ->allow_extra_args(false);
  command->add_option("command", options->command, "-- search … or -- resume …")->required();
  command->callback([options, check = std::move(check), &action] {
    action = [options, check] {
      if (transport::mpi_library() == "none") {
        throw_environment(
            "rondo launch: this build of rondo has no MPI: run rondo {} without launch, as one process, or "
            "build it with -DRONDO_WITH_MPI=ON",
            options->command.front());
      }
      return launch(*options, check);
    };
  });
}

}  // namespace rondo::cli
