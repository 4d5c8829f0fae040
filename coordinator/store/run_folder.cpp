#include "coordinator/store/run_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/versions.h"
#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "coordinator/store/format.h"
#include "coordinator/store/status_file.h"

namespace rondo::store {

std::string RunPaths::journal() const {
  return join_path(folder, "journal.rondo");
}
std::string RunPaths::final_record() const {
  return join_path(folder, "final.rondo");
}
std::string RunPaths::experiment() const {
  return join_path(folder, "experiment.yaml");
}
std::string RunPaths::waiting_experiment() const {
  return join_path(folder, "experiment.yaml.tmp");
}
std::string RunPaths::telemetry() const {
  return join_path(folder, "telemetry.jsonl");
}
std::string RunPaths::environment() const {
  return join_path(folder, "environment.json");
}
std::string RunPaths::status() const {
  return join_path(folder, "status.json");
}
std::string RunPaths::models() const {
  return join_path(folder, "models");
}
std::string RunPaths::best_model() const {
  return join_path(folder, "models/best/model.rondo");
}
std::string RunPaths::checkpoints() const {
  return join_path(folder, "checkpoints");
}
std::string RunPaths::lock() const {
  return join_path(folder, ".lock");
}

namespace {

enum class Found { nothing, run, stranger };

// What is in the folder. `entry` names something of a stranger's.
Found look(FileSystem& files, const RunPaths& paths, std::string& entry) {
  const PathKind kind = files.kind(paths.folder);
  if (kind == PathKind::missing) return Found::nothing;
  if (kind == PathKind::file) return Found::stranger;
  if (files.kind(paths.journal()) == PathKind::file) return Found::run;
  // The journal is the first file with its name: a launch that died before leaves no more than this.
  for (const std::string& name : files.list(paths.folder)) {
    if (name == ".lock" || name == "journal.rondo.tmp" || name == "experiment.yaml.tmp") continue;
    entry = name;
    return Found::stranger;
  }
  return Found::nothing;
}

Found look_or_refuse(FileSystem& files, const RunPaths& paths, const RunRequest& request) {
  std::string entry;
  const Found found = look(files, paths, entry);
  if (request.must_exist && found != Found::run) {
    throw_bad_input("there is no run in '{}' (it has no journal.rondo)", paths.folder);
  }
  if (found == Found::stranger && entry.empty()) {
    throw_bad_input("'{}' is a file, not a folder: choose another --out", paths.folder);
  }
  if (found == Found::stranger) {
    throw_bad_input(
        "'{}' exists and is not the folder of a run (it holds '{}' and no journal.rondo): choose "
        "another --out",
        paths.folder, entry);
  }
  return found;
}

proto::Versions this_release() {
  proto::Versions versions;
  versions.set_journal(journal_version);
  versions.set_numerics(numerics_version);
  versions.set_search(search_version);
  versions.set_seed_scheme(seed_scheme_version);
  return versions;
}

std::string versions_text(const proto::Versions& versions) {
  return fmt::format("numerics {}, search {}, seeds {}", versions.numerics(), versions.search(),
                     versions.seed_scheme());
}

}  // namespace

proto::JournalHeader header_of(const RunRequest& request) {
  proto::JournalHeader header;
  *header.mutable_versions() = this_release();
  header.set_experiment(identity_bytes(request.experiment));
  header.set_identity(to_bytes(sha256(header.experiment())));
  header.set_dataset_digest(to_bytes(request.dataset));
  header.set_master_seed(request.experiment.search().seed());
  return header;
}

std::vector<std::string> differing_headers(const RunPaths& paths, const proto::JournalHeader& there,
                                           const proto::JournalHeader& here) {
  if (canonical_serialize(there.versions()) != canonical_serialize(here.versions())) {
    throw_environment(
        "the run in '{}' was made by another version of Rondo ({}; this one has {}) and can only be "
        "continued by that one",
        paths.folder, versions_text(there.versions()), versions_text(here.versions()));
  }
  std::vector<std::string> differences;
  if (there.dataset_digest() != here.dataset_digest()) {
    const auto start = [](const std::string& digest) {
      return to_hex(digest_from_bytes(digest)).substr(0, 12);
    };
    differences.push_back(fmt::format("the table's bytes: SHA-256 {}… there, {}… here",
                                      start(there.dataset_digest()), start(here.dataset_digest())));
  }
  if (there.experiment() != here.experiment()) {
    constexpr std::size_t most = 5;
    proto::Experiment experiment_there;
    proto::Experiment experiment_here;
    parse_canonical(there.experiment(), experiment_there);
    parse_canonical(here.experiment(), experiment_here);
    for (std::string& text : differing_settings(experiment_there, experiment_here, most)) {
      differences.push_back(std::move(text));
    }
    if (differences.size() >= most) differences.emplace_back("…");
  }
  return differences;
}

namespace {

void refuse_other_experiment(const RunPaths& paths, const proto::JournalHeader& there,
                             const proto::JournalHeader& here) {
  const std::vector<std::string> differences = differing_headers(paths, there, here);
  if (differences.empty()) return;
  throw_bad_input(
      "'{}' holds the run of another experiment ({}): choose another --out, or give --overwrite to "
      "remove it",
      paths.folder, fmt::join(differences, "; "));
}

void refuse_other_budget(const RunPaths& paths, const std::optional<StatusFile>& there,
                         const RunBudget& here) {
  if (!there || there->budget == here) return;
  throw_bad_input(
      "'{}' holds a run of this experiment with a budget of {} trials and {} ticks (0: no limit), not "
      "{} and {}: give that budget to continue it, or choose another --out",
      paths.folder, there->budget.trials, there->budget.ticks, here.trials, here.ticks);
}

void remove_tree(FileSystem& files, const std::string& path) {
  if (files.kind(path) == PathKind::folder) {
    for (const std::string& name : files.list(path)) remove_tree(files, join_path(path, name));
  }
  files.remove(path);
}

void refuse_unless_same(FileSystem& files, const RunPaths& paths, const RunRequest& request,
                        const proto::JournalHeader& here) {
  refuse_other_experiment(paths, read_journal_header(files, paths.journal()), here);
  refuse_other_budget(paths, read_status_file(files, paths.status()),
                      {request.experiment.budget().trials(), request.experiment.budget().ticks()});
}

// Before the journal, so that a run always can be resumed: it needs the settings.
void write_waiting_experiment(FileSystem& files, const RunPaths& paths, std::string_view text) {
  const std::unique_ptr<File> file = files.create(paths.waiting_experiment());
  file->write(text);
  file->sync();
}

void finish_experiment(FileSystem& files, const RunPaths& paths, std::string_view text) {
  if (files.kind(paths.experiment()) != PathKind::missing) return;
  if (files.kind(paths.waiting_experiment()) == PathKind::missing) {
    write_atomically(files, paths.experiment(), text);
    return;
  }
  files.rename(paths.waiting_experiment(), paths.experiment());
  files.sync_folder(paths.folder);
}

// The journal goes last: until then the folder is that of a run, which continues after a crash here.
void remove_run(FileSystem& files, const RunPaths& paths) {
  for (const std::string& path :
       {paths.final_record(), paths.models(), paths.checkpoints(), paths.telemetry(), paths.environment(),
        paths.status(), paths.experiment(), paths.waiting_experiment()}) {
    remove_tree(files, path);
  }
  files.sync_folder(paths.folder);
  files.remove(paths.journal());
  files.sync_folder(paths.folder);
}

}  // namespace

struct RunFolder::State {
  FileSystem* files = nullptr;
  RunPaths paths;
  RunBudget budget;
  bool is_new = false;
  std::unique_ptr<Lock> lock;
  std::optional<Journal> journal;
  std::optional<Cache> cache;
  std::unique_ptr<File> telemetry;
};

RunFolder::RunFolder(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunFolder::RunFolder(RunFolder&&) noexcept = default;
RunFolder& RunFolder::operator=(RunFolder&&) noexcept = default;
RunFolder::~RunFolder() = default;

void RunFolder::check(FileSystem& files, const RunRequest& request) {
  const RunPaths paths{request.folder};
  if (look_or_refuse(files, paths, request) != Found::run || request.overwrite) return;
  refuse_unless_same(files, paths, request, header_of(request));
}

RunFolder RunFolder::open(FileSystem& files, const RunRequest& request) {
  auto state = std::make_unique<State>();
  state->files = &files;
  state->paths.folder = request.folder;
  state->budget = {request.experiment.budget().trials(), request.experiment.budget().ticks()};
  const RunPaths& paths = state->paths;
  const proto::JournalHeader header = header_of(request);

  // Looked at before the lock, so that a refusal writes nothing, not even the lock's file; and again behind
  // it, for another process may have made the run in between.
  check(files, request);
  make_folders(files, paths.folder);
  state->lock = files.try_lock(paths.lock());
  if (state->lock == nullptr) {
    throw_environment("another process is writing to the run in '{}': wait until it is done, or end it",
                      paths.folder);
  }
  Found found = look_or_refuse(files, paths, request);
  if (found == Found::run && request.overwrite) {
    remove_run(files, paths);
    found = Found::nothing;
  } else if (found == Found::run) {
    refuse_unless_same(files, paths, request, header);
  }

  state->is_new = found == Found::nothing;
  if (state->is_new) {
    write_waiting_experiment(files, paths, request.experiment_text);
    state->journal = Journal::create(files, paths.journal(), header);
  } else {
    state->journal = Journal::open(files, paths.journal());
  }
  finish_experiment(files, paths, request.experiment_text);
  state->cache = Cache::open(files, paths.checkpoints(), chain_start(canonical_serialize(header)));
  RunFolder run(std::move(state));
  run.write_status({});
  return run;
}

const RunPaths& RunFolder::paths() const {
  return state_->paths;
}

bool RunFolder::is_new() const {
  return state_->is_new;
}

Journal& RunFolder::journal() {
  return *state_->journal;
}

Cache& RunFolder::cache() {
  return *state_->cache;
}

void RunFolder::append_telemetry(std::string_view json_line) {
  State& state = *state_;
  if (state.telemetry == nullptr) {
    const std::string path = state.paths.telemetry();
    const bool exists = state.files->kind(path) == PathKind::file;
    state.telemetry = exists ? state.files->open_append(path) : state.files->create(path);
  }
  state.telemetry->write(std::string(json_line) + "\n");
}

void RunFolder::write_environment(std::string_view json) {
  write_atomically(*state_->files, state_->paths.environment(), json);
}

void RunFolder::write_status(const RunStatus& status) {
  write_status_file(*state_->files, state_->paths.status(), {status, state_->budget});
}

std::optional<RunStatus> read_status(FileSystem& files, const std::string& folder) {
  const std::optional<StatusFile> file = read_status_file(files, RunPaths{folder}.status());
  if (!file) return std::nullopt;
  return file->status;
}

}  // namespace rondo::store
