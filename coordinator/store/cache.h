// checkpoints/: results that arrived and are not committed yet, and checkpoints of trials in flight. Losing
// any of it loses time only, so nothing here throws for a full disk or a damaged file: it goes on without,
// and says so in a warning that the caller takes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "coordinator/schedule/core.h"
#include "coordinator/store/file_system.h"

namespace rondo::store {

// What a cache belongs to: SHA-256 over the versions, the experiment's identity and the dataset digest (the
// hash H_0 of the run's journal). Entries of another run are ignored.
using CacheKey = Digest;

class Cache {
 public:
  // Reads what is there; bad entries are ignored, each with a warning.
  [[nodiscard]] static Cache open(FileSystem& files, std::string folder, const CacheKey& key);

  Cache(Cache&&) noexcept;
  Cache& operator=(Cache&&) noexcept;
  ~Cache();

  // Results of earlier launches, in the order in which they were kept.
  [[nodiscard]] const std::vector<schedule::KeptResult>& restored() const;
  // Trials with a readable checkpoint, and the epoch after which it was taken.
  [[nodiscard]] const std::map<TrialId, Epoch>& checkpoints() const;

  void keep(const schedule::KeptResult& result);
  // Results of another run of the same experiment: as if an earlier launch of this one had kept them.
  void adopt(std::vector<schedule::KeptResult> results);
  // Replaces the trial's checkpoint in one step. False when it could not be written (the older one, if any,
  // stays).
  bool store_checkpoint(TrialId trial, Epoch epoch, std::string_view bytes);
  // Nothing when there is none of that epoch or it cannot be read any more.
  [[nodiscard]] std::optional<std::string> load_checkpoint(TrialId trial, Epoch epoch);
  // The trial's checkpoint is needed no more.
  void release(TrialId trial);
  // The search is finished: nothing here is needed any more.
  void clear();

  // Warnings since the last call, for telemetry and the terminal.
  [[nodiscard]] std::vector<std::string> take_warnings();

 private:
  struct State;
  explicit Cache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rondo::store
