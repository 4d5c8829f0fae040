// A run's folder: its layout, who may write to it, and the rule whether a search starts there, continues or
// is refused.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "coordinator/store/cache.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/journal.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"

namespace rondo::store {

// Paths of the files of DESIGN's layout, for readers too.
struct RunPaths {
  std::string folder;
  [[nodiscard]] std::string journal() const;       // journal.rondo
  [[nodiscard]] std::string final_record() const;  // final.rondo
  [[nodiscard]] std::string experiment() const;    // experiment.yaml
  // The same before it has its name: what a run that died at its very start is resumed from.
  [[nodiscard]] std::string waiting_experiment() const;  // experiment.yaml.tmp
  [[nodiscard]] std::string telemetry() const;           // telemetry.jsonl
  [[nodiscard]] std::string environment() const;         // environment.json
  [[nodiscard]] std::string status() const;              // status.json
  [[nodiscard]] std::string models() const;              // models/
  [[nodiscard]] std::string best_model() const;          // models/best/model.rondo
  [[nodiscard]] std::string checkpoints() const;         // checkpoints/
  [[nodiscard]] std::string lock() const;                // .lock
};

enum class RunState { running, paused, done, failed };

// status.json: how the last launch stands or ended, for the launcher, which cannot see the exit code through
// mpirun.
struct RunStatus {
  RunState state = RunState::running;
  int exit_code = 0;
  std::string message;
};

struct RunRequest {
  std::string folder;
  proto::Experiment experiment;  // resolved
  Digest dataset{};              // SHA-256 of the table's bytes
  std::string experiment_text;   // what experiment.yaml is to hold
  bool overwrite = false;        // remove a run that is there, whatever its experiment
  bool must_exist = false;       // continue only (rondo resume)
};

// The journal's header of the run that is asked for.
[[nodiscard]] proto::JournalHeader header_of(const RunRequest& request);
// In what two runs are not the same search, one line each; none: they are. `there` is the header of the run
// at `paths`. Throws Error(environment) when the versions differ.
[[nodiscard]] std::vector<std::string> differing_headers(const RunPaths& paths,
                                                         const proto::JournalHeader& there,
                                                         const proto::JournalHeader& here);

class RunFolder {
 public:
  // A folder that is missing or empty becomes a run. A run of the same experiment (identity, dataset digest,
  // versions) and budget continues. Error(bad_input), with nothing written, for: another experiment (the
  // message names the settings that differ), another budget, a folder that holds something else, and no run
  // under must_exist. Error(environment) when another process writes to it, another version of Rondo made it,
  // or the disk refuses. Call it when all other input is checked.
  [[nodiscard]] static RunFolder open(FileSystem& files, const RunRequest& request);
  // Whether open() would refuse the request as bad input; throws the same Error(bad_input) and writes
  // nothing.
  static void check(FileSystem& files, const RunRequest& request);

  RunFolder(RunFolder&&) noexcept;
  RunFolder& operator=(RunFolder&&) noexcept;
  ~RunFolder();

  [[nodiscard]] const RunPaths& paths() const;
  [[nodiscard]] bool is_new() const;
  [[nodiscard]] Journal& journal();
  [[nodiscard]] Cache& cache();

  // One JSON object, without the newline, per line. Not fsynced: telemetry is no part of the contract.
  void append_telemetry(std::string_view json_line);
  void write_environment(std::string_view json);
  void write_status(const RunStatus& status);

 private:
  struct State;
  explicit RunFolder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Of the last launch; nothing when there is no readable status.json.
[[nodiscard]] std::optional<RunStatus> read_status(FileSystem& files, const std::string& folder);

// Settings in which two experiments differ, as "search.seed: 42 there, 7 here"; at most `most` of them.
[[nodiscard]] std::vector<std::string> differing_settings(const proto::Experiment& there,
                                                          const proto::Experiment& here, std::size_t most);

}  // namespace rondo::store
