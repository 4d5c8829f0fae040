#include "coordinator/store/cache.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/experiment/canonical.h"
#include "coordinator/store/cache_format.h"
#include "coordinator/store/result_codec.h"

namespace rondo::store {

namespace {

constexpr std::string_view arrived_name = "arrived.cache";
constexpr std::string_view checkpoint_prefix = "trial-";
constexpr std::string_view checkpoint_suffix = ".checkpoint";

std::string checkpoint_name(TrialId trial) {
  return fmt::format("{}{}{}", checkpoint_prefix, trial.value(), checkpoint_suffix);
}

std::optional<TrialId> trial_of(std::string_view name) {
  if (!name.starts_with(checkpoint_prefix) || !name.ends_with(checkpoint_suffix)) return std::nullopt;
  name.remove_prefix(checkpoint_prefix.size());
  name.remove_suffix(checkpoint_suffix.size());
  const std::optional<std::uint64_t> number = parse_u64(name);
  return number ? std::optional(TrialId(*number)) : std::nullopt;
}

}  // namespace

struct Cache::State {
  FileSystem* files = nullptr;
  std::string folder;
  CacheKey key{};
  std::vector<schedule::KeptResult> restored;
  std::map<TrialId, Epoch> checkpoints;
  std::vector<std::string> warnings;
  std::unique_ptr<File> arrived;
  std::uint64_t arrived_bytes = 0;  // whole entries
  bool arrived_present = false;     // the file exists and belongs to this run
  bool arrived_damaged = false;     // something follows the whole entries
  bool writable = true;

  [[nodiscard]] std::string path(std::string_view name) const { return join_path(folder, name); }
  void read_arrived();
  void read_checkpoint(TrialId trial);
  void open_arrived();
  // Removes a file that nobody needs; that it stays is no more than a warning.
  void discard(const std::string& name);
};

void Cache::State::discard(const std::string& name) {
  try {
    files->remove(path(name));
  } catch (const Error& error) {
    warnings.emplace_back(error.what());
  }
}

void Cache::State::read_arrived() {
  const std::string file_name = path(arrived_name);
  const ArrivedContents contents = parse_arrived(files->read(file_name), key);
  if (!contents.warning.empty()) warnings.push_back(fmt::format("'{}': {}", file_name, contents.warning));
  arrived_present = contents.ours;
  arrived_bytes = contents.whole_bytes;
  arrived_damaged = !contents.warning.empty();
  restored = contents.results;
}

void Cache::State::read_checkpoint(TrialId trial) {
  const std::string name = checkpoint_name(trial);
  const CheckpointContents contents = parse_checkpoint(files->read(path(name)), key, trial);
  if (contents.warning.empty()) {
    checkpoints[trial] = contents.epoch;
    return;
  }
  warnings.push_back(fmt::format("'{}': {}; trial {} starts from its first epoch", path(name),
                                 contents.warning, trial.value()));
}

Cache::Cache(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cache::Cache(Cache&&) noexcept = default;
Cache& Cache::operator=(Cache&&) noexcept = default;
Cache::~Cache() = default;

Cache Cache::open(FileSystem& files, std::string folder, const CacheKey& key) {
  auto state = std::make_unique<State>();
  state->files = &files;
  state->folder = std::move(folder);
  state->key = key;
  try {
    make_folders(files, state->folder);
    for (const std::string& name : files.list(state->folder)) {
      try {
        const std::optional<TrialId> trial = trial_of(name);
        if (name == arrived_name) state->read_arrived();
        if (trial) state->read_checkpoint(*trial);
        if (name.ends_with(".tmp")) state->discard(name);
      } catch (const Error& error) {
        state->warnings.emplace_back(error.what());
      }
    }
  } catch (const Error& error) {
    state->warnings.push_back(fmt::format("results and checkpoints are not cached: {}", error.what()));
    state->writable = false;
  }
  return Cache(std::move(state));
}

const std::vector<schedule::KeptResult>& Cache::restored() const {
  return state_->restored;
}

const std::map<TrialId, Epoch>& Cache::checkpoints() const {
  return state_->checkpoints;
}

void Cache::State::open_arrived() {
  const std::string file_name = path(arrived_name);
  if (!arrived_present) {
    arrived = files->create(file_name);
    arrived->write(arrived_header(key));
    return;
  }
  arrived = files->open_append(file_name);
  if (arrived_damaged) arrived->truncate(arrived_bytes);
}

void Cache::keep(const schedule::KeptResult& result) {
  State& state = *state_;
  if (!state.writable) return;
  try {
    if (state.arrived == nullptr) state.open_arrived();
    state.arrived->write(arrived_entry(result));
  } catch (const Error& error) {
    // What an interrupted write left is cut by the next launch; entries behind it would be lost with it.
    state.writable = false;
    state.warnings.push_back(fmt::format(
        "results that are not committed yet would be trained again after a restart: {}", error.what()));
  }
}

void Cache::adopt(std::vector<schedule::KeptResult> results) {
  for (schedule::KeptResult& result : results) {
    keep(result);
    state_->restored.push_back(std::move(result));
  }
}

bool Cache::store_checkpoint(TrialId trial, Epoch epoch, std::string_view bytes) {
  State& state = *state_;
  const std::string name = checkpoint_name(trial);
  try {
    {
      const std::unique_ptr<File> file = state.files->create(state.path(name + ".tmp"));
      file->write(checkpoint_file(state.key, trial, epoch, bytes));
    }
    // Not fsynced: a checkpoint that a power cut leaves half written fails its checksum.
    state.files->rename(state.path(name + ".tmp"), state.path(name));
  } catch (const Error& error) {
    state.warnings.push_back(fmt::format("no checkpoint of trial {}: {}", trial.value(), error.what()));
    state.discard(name + ".tmp");
    return false;
  }
  state.checkpoints[trial] = epoch;
  return true;
}

std::optional<std::string> Cache::load_checkpoint(TrialId trial, Epoch epoch) {
  State& state = *state_;
  const auto known = state.checkpoints.find(trial);
  if (known == state.checkpoints.end() || known->second != epoch) return std::nullopt;
  const std::string name = state.path(checkpoint_name(trial));
  try {
    CheckpointContents contents = parse_checkpoint(state.files->read(name), state.key, trial);
    if (contents.warning.empty() && contents.epoch == epoch) return std::move(contents.bytes);
    state.warnings.push_back(fmt::format("'{}': {}", name, contents.warning));
  } catch (const Error& error) {
    state.warnings.emplace_back(error.what());
  }
  state.checkpoints.erase(known);
  return std::nullopt;
}

void Cache::release(TrialId trial) {
  if (state_->checkpoints.erase(trial) > 0) state_->discard(checkpoint_name(trial));
}

void Cache::clear() {
  State& state = *state_;
  state.arrived.reset();
  state.arrived_present = false;
  state.arrived_damaged = false;
  state.restored.clear();
  state.checkpoints.clear();
  try {
    for (const std::string& name : state.files->list(state.folder)) {
      if (name == arrived_name || trial_of(name)) state.discard(name);
    }
  } catch (const Error& error) {
    state.warnings.emplace_back(error.what());
  }
}

std::vector<std::string> Cache::take_warnings() {
  return std::exchange(state_->warnings, {});
}

}  // namespace rondo::store
