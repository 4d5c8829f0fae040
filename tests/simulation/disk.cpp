#include "tests/simulation/disk.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace rondo::simulation {

namespace {

using Results = std::map<TrialId, schedule::ResultRestored>;

Results results_of(const std::vector<schedule::Record>& records) {
  Results results;
  for (const schedule::Record& record : records) {
    if (const auto* const reported = std::get_if<schedule::Reported>(&record.event)) {
      results[reported->trial].epochs.push_back(reported->result);
    } else if (const auto* const ended = std::get_if<schedule::Ended>(&record.event)) {
      const bool result = ended->end.outcome == schedule::Outcome::completed ||
                          ended->end.outcome == schedule::Outcome::diverged;
      if (result) results[ended->trial].end = ended->end;
    }
  }
  // Whether the trial ended with a report at the very end stood in the next record, if anywhere.
  if (!records.empty()) {
    const auto* const last = std::get_if<schedule::Reported>(&records.back().event);
    if (last != nullptr) results[last->trial].epochs.pop_back();
  }
  return results;
}

}  // namespace

bool Disk::store_checkpoint(TrialId trial, Epoch epoch) {
  if (released_.contains(trial)) return false;
  checkpoints_[trial] = epoch;
  return true;
}

bool Disk::has_checkpoint(TrialId trial, Epoch epoch) const {
  const auto found = checkpoints_.find(trial);
  return found != checkpoints_.end() && found->second == epoch;
}

void Disk::release(TrialId trial) {
  released_.insert(trial);
  checkpoints_.erase(trial);
}

void Disk::crash(Chance& chance) {
  const std::size_t remaining = chance.between(synced_, journal_.size());
  journal_.resize(remaining);
  synced_ = remaining;
}

void Disk::lose_cache(Chance& chance, std::uint64_t percent) {
  std::erase_if(kept_, [&](const auto&) { return chance.percent(percent); });
  std::erase_if(checkpoints_, [&](const auto&) { return chance.percent(percent); });
  released_.clear();
}

void Disk::extend(std::size_t records) {
  behind_ = journal_;
  journal_.resize(records);
  synced_ = records;
  released_.clear();
}

std::vector<schedule::ResultRestored> Disk::restored() const {
  Results committed = results_of(behind_);
  for (auto& [trial, result] : results_of(journal_)) {
    schedule::ResultRestored& known = committed[trial];
    if (result.epochs.size() > known.epochs.size()) known.epochs = result.epochs;
    if (result.end) known.end = result.end;
  }
  std::vector<schedule::ResultRestored> events;
  for (auto& [trial, result] : committed) {
    if (result.epochs.empty()) continue;
    result.trial = trial;
    events.push_back(std::move(result));
  }
  for (const schedule::KeptResult& kept : kept_)
    events.push_back({kept.trial, kept.epochs, kept.end, Epoch{}});
  for (const auto& [trial, epoch] : checkpoints_) events.push_back({trial, {}, std::nullopt, epoch});
  return events;
}

}  // namespace rondo::simulation
