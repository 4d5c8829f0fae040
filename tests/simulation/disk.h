// What a simulated run folder holds: the journal with the part of it that is durable, the cache of results,
// the checkpoints. As coordinator/store and coordinator/runtime/restore.h, without files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "coordinator/schedule/core.h"
#include "tests/simulation/chance.h"

namespace rondo::simulation {

class Disk {
 public:
  void append(const schedule::Record& record) { journal_.push_back(record); }
  void sync() { synced_ = journal_.size(); }
  [[nodiscard]] bool unsynced() const { return synced_ < journal_.size(); }
  [[nodiscard]] const std::vector<schedule::Record>& journal() const { return journal_; }

  void keep(const schedule::KeptResult& result) { kept_.push_back(result); }
  // False when the trial was released.
  bool store_checkpoint(TrialId trial, Epoch epoch);
  [[nodiscard]] bool has_checkpoint(TrialId trial, Epoch epoch) const;
  void lose_checkpoint(TrialId trial) { checkpoints_.erase(trial); }
  void release(TrialId trial);

  // Power fails: of what was not synced, the beginning may remain.
  void crash(Chance& chance);
  // Kept results and checkpoints are lost, each with a probability.
  void lose_cache(Chance& chance, std::uint64_t percent);
  // The journal of a search that goes on with another budget ends before what the old budget refused. Its
  // results remain known.
  void extend(std::size_t records);

  // The events that a new core is given.
  [[nodiscard]] std::vector<schedule::ResultRestored> restored() const;

 private:
  std::vector<schedule::Record> journal_;
  std::size_t synced_ = 0;
  std::vector<schedule::Record> behind_;  // results of a journal before it was extended
  std::vector<schedule::KeptResult> kept_;
  std::map<TrialId, Epoch> checkpoints_;
  std::set<TrialId> released_;
};

}  // namespace rondo::simulation
