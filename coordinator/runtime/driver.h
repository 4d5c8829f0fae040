// The coordinator's loop: joins the pure core to the ranks, the run's folder and the clock. All that decides
// is in the core; all that waits, sends and writes is here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/transport/transport.h"
#include "coordinator/schedule/core.h"
#include "coordinator/search/ensemble.h"
#include "coordinator/search/proposer.h"
#include "coordinator/store/run_folder.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"

namespace rondo::runtime {

struct SearchProgress {
  schedule::Progress counts;
  std::uint64_t trials = 0;        // the budget
  std::uint32_t workers = 0;       // that live and were accepted
  std::uint32_t workers_lost = 0;  // in this launch
  std::optional<TrialId> best;     // of the leaderboard, as far as it is committed
  double best_score = 0;
  std::string best_architecture;  // one line for people
  std::uint64_t best_parameters = 0;
  bool selecting = false;      // the search is over, the ensemble's candidates are trained once more,
  bool retraining = false;     // or the trials that are kept, on all rows:
  std::size_t retrained = 0;   // so many of them so far,
  std::size_t to_retrain = 0;  // of so many
};

// A pause that nobody asks for while the search runs.
struct PauseTime {
  std::chrono::steady_clock::time_point at;
  std::string why;  // "paused at the time limit of 3h"
};

struct DriverOptions {
  proto::Experiment experiment;  // resolved
  Digest dataset{};              // SHA-256 of the table's bytes
  Digest numerics{};             // of the coordinator's own kernels; a worker with another one is refused
  schedule::Options schedule;
  std::optional<PauseTime> pause_at;  // changes when a launch ends, never a result
  // How long a rank may take to say its first word.
  std::chrono::milliseconds join_timeout{60'000};
  // Journal records wait at most this long for the fsync that they share.
  std::chrono::milliseconds group_commit{25};
  // Longest silence between two calls of `progress` while something changes.
  std::chrono::milliseconds progress_interval{200};
};

struct DriverCallbacks {
  std::function<void(const SearchProgress&)> progress;  // empty: none
  // One line for the user as it happens: a rank that was lost or refused, a damaged cache file.
  std::function<void(const std::string&)> message;
  // The metrics of a model, given as its file's bytes, on the test rows. Called on another thread. Empty:
  // there are no test rows.
  std::function<std::vector<proto::NamedValue>(const std::string&)> evaluate;
  // What the validation rows are in truth, fold after fold. Called on another thread, with
  // final.ensemble_rule greedy alone.
  std::function<search::ValidationTruth()> validation_truth;
};

struct DriverResult {
  ExitCode exit = ExitCode::failed;
  std::string message;  // why it is not done: paused, no worker left, a fault; or that no trial completed
  std::string digest;   // the run's digest: hexadecimal chain hash of the journal's last record
  std::uint64_t records = 0;
  schedule::Progress counts;
  std::uint32_t workers = 0;  // accepted in this launch
  std::uint32_t workers_lost = 0;
  std::uint32_t workers_refused = 0;
  std::optional<proto::FinalResult> final_result;
  bool everybody_leaves = false;  // for leave_mpi: no rank was given up
};

// Runs the search in `folder` to its end, or to a pause when `pause` becomes true (a signal handler may set
// it). The transport's other ranks are workers. Tells the workers to leave and closes the transport, also
// when it throws: Error of the store (environment, corrupt, differs). Writes the run's status, telemetry,
// journal, cache and final. `files` is what `folder` was opened with; `proposer` and `stopper` must be those
// of the experiment.
[[nodiscard]] DriverResult drive(transport::Transport& transport, store::FileSystem& files,
                                 store::RunFolder& folder, const search::Proposer& proposer,
                                 const search::Stopper& stopper, const DriverOptions& options,
                                 const DriverCallbacks& callbacks, const std::atomic<bool>& pause);

}  // namespace rondo::runtime
