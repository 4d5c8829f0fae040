// The commands of rondo, one struct of options and one function each. They throw Error; app.cpp turns it into
// a message and an exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/transport/mpi_transport.h"
#include "coordinator/cli/flags.h"

namespace rondo::cli {

// The process among the ranks that mpirun started, or alone.
struct World {
  transport::Place place;
  int* argc = nullptr;
  char*** argv = nullptr;
  // Set by what starts MPI: the process must then end with leave_mpi, whatever happened.
  bool mpi_started = false;
  bool everybody_leaves = false;
};

struct SearchOptions {
  std::string file;  // experiment.yaml; empty: flags only
  FlagValues flags;
  std::string out;  // empty: runs/<name of the table>
  bool overwrite = false;
  std::string extend{};      // a run whose experiment.yaml is the file and whose results are taken over
  std::string time_limit{};  // as "3h55m"; empty: none
  bool resume = false;       // `out` is a run that must exist; its experiment.yaml is the file
  bool json = false;
};
// Coordinates on rank 0, trains on the others, does both when alone.
[[nodiscard]] ExitCode search_command(const SearchOptions& options, World& world);
// Everything that search checks before it starts, without writing anything: for the launcher. Throws what
// search would throw.
void check_search(const SearchOptions& options);
// The run folder that a search with these options writes to.
[[nodiscard]] std::string run_folder_of(const SearchOptions& options);

struct SubmitOptions {
  SearchOptions search{};  // its file and its folder
  std::string nodes = "1";
  std::uint32_t tasks_per_node = 1;
  std::string time{};  // as Slurm writes it
  std::string partition{};
  std::string account{};
  std::string launcher{};
  std::string profile{};  // a site's file
  std::string hosts{};    // a host file of mpirun: a shell script instead of a batch job
  bool dry_run = false;
};
// Checks all that search checks, writes the script beside the run's folder and submits it.
[[nodiscard]] ExitCode submit_command(const SubmitOptions& options);

struct PlanOptions {
  std::string file;  // experiment.yaml; empty: flags only
  FlagValues flags{};
  std::string ranks = "2,4,8";  // coordinator included
  std::string measured{};       // a run's folder; empty: no times, and trials run to their last epoch
  double cost_error = 0.3;
  double slow_share = 0.01;
  double slowness = 5;
  bool json = false;
};
[[nodiscard]] ExitCode plan_command(const PlanOptions& options);

struct ShowOptions {
  std::string run;
  std::size_t most = 20;
  bool pareto = false;  // the front of all objectives, whatever the run's are
  bool json = false;
};
[[nodiscard]] ExitCode show_command(const ShowOptions& options);

struct VerifyOptions {
  std::string run;
  bool json = false;
};
[[nodiscard]] ExitCode verify_command(const VerifyOptions& options);

struct ReplayOptions {
  std::string run;
  std::string data{};  // empty: the path in experiment.yaml
  std::optional<std::uint64_t> trial{};
  bool json = false;
};
[[nodiscard]] ExitCode replay_command(const ReplayOptions& options);

struct PredictOptions {
  std::string run;
  std::string table;
  std::string out{};  // empty: standard output
  bool overwrite = false;
};
[[nodiscard]] ExitCode predict_command(const PredictOptions& options);

struct EvaluateOptions {
  std::string run;
  std::string table;
  bool json = false;
};
[[nodiscard]] ExitCode evaluate_command(const EvaluateOptions& options);

struct SeedsOptions {
  std::uint64_t master = 0;
  std::optional<std::uint64_t> trial{};
  bool json = false;
};
[[nodiscard]] ExitCode seeds_command(const SeedsOptions& options);

struct DoctorOptions {
  std::string folder = "runs";  // that runs are to be written to
  std::string data{};           // a table that every rank must see
  bool oversubscribed = false;  // more ranks than cores are meant
  std::uint32_t patience = 60;  // seconds for all ranks to answer
  bool json = false;
};
// Alone, or on every rank of mpirun; rank 0 speaks for all.
[[nodiscard]] ExitCode doctor_command(const DoctorOptions& options, World& world);

}  // namespace rondo::cli
