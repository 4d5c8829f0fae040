// Which epochs are wanted, and which rank trains them.
#include "coordinator/schedule/dispatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "common/base/check.h"

namespace rondo::schedule {

namespace {

// Numbers in the order of the losses; a NaN stands behind all of them.
std::uint64_t ascending(double loss) {
  if (std::isnan(loss)) return std::numeric_limits<std::uint64_t>::max();
  constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
  const auto bits = std::bit_cast<std::uint64_t>(loss);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

}  // namespace

Dispatch::Dispatch(const Options& options, const search::Stopper& stopper, Proposals& proposals,
                   const Timeline& timeline, const Results& results)
    : options_(options), stopper_(stopper), proposals_(proposals), timeline_(timeline), results_(results) {}

// --- what is wanted

// The segment behind epoch `after`, if an epoch of it is missing.
std::optional<Dispatch::Wanted> Dispatch::behind(TrialId trial, Epoch after, Epoch missing, Use use) const {
  const Epoch last = segment_end(stopper_, trial, after, options_.epochs);
  if (missing > last) return std::nullopt;
  const EpochResult* const rung = results_.find(trial, after);
  return Wanted{{use, rung == nullptr ? 0 : ascending(rung->validation_loss), trial}, missing, last};
}

std::optional<Dispatch::Wanted> Dispatch::wanted(TrialId trial) const {
  const std::optional<Epoch> missing = results_.first_missing(trial);
  if (!missing) return std::nullopt;
  const search::History& history = timeline_.history();
  if (trial.value() >= history.size()) {
    const search::Proposal* const proposal = proposals_.ahead(trial);
    if (proposal == nullptr || proposal->too_large) return std::nullopt;
    return behind(trial, Epoch(0), *missing, Use::ahead);
  }
  if (const Segment* const segment = timeline_.live(trial)) {
    if (*missing <= segment->last) {
      return Wanted{{Use::live, segment->begin(*missing).value(), trial}, *missing, segment->last};
    }
    return behind(trial, segment->last, *missing, Use::speculative);
  }
  const search::TrialRecord& record = history.trial(trial);
  if (record.state != search::TrialState::paused) return std::nullopt;
  return behind(trial, record.epochs.back().epoch, *missing, Use::speculative);
}

void Dispatch::enqueue(TrialId id, Trial& trial) {
  enqueue(trial, wanted(id));
}

void Dispatch::enqueue(Trial& trial, const std::optional<Wanted>& want) {
  if (trial.list != nullptr) std::exchange(trial.list, nullptr)->erase(trial.key);
  if (!want) return;
  if (trial.ranks.empty()) {
    trial.list = &queue_;
  } else if (want->key.use == Use::speculative) {
    trial.list = &speculating_;
  } else if (want->key.use == Use::live) {
    trial.list = trial.ranks.size() == 1 ? &single_ : &copied_;
  } else {
    return;
  }
  trial.key = want->key;
  trial.list->insert(want->key);
}

void Dispatch::update(TrialId id, Ready& out) {
  Trial& trial = trials_[id];
  const std::optional<Wanted> want = wanted(id);
  // From the last on: abandon() takes a rank out of the list.
  for (std::size_t i = trial.ranks.size(); i > 0; --i) {
    const RankId rank = trial.ranks[i - 1];
    if (!want || want->first > ranks_.at(rank).last) abandon(trial, rank, out);
  }
  enqueue(trial, want);
  const search::History& history = timeline_.history();
  if (trial.checkpoint == Epoch(0) || id.value() >= history.size()) return;
  const search::TrialState state = history.trial(id).state;
  if (state == search::TrialState::running || state == search::TrialState::paused) return;
  trial.checkpoint = Epoch(0);
  out.release.push_back(id);
}

// --- ranks

void Dispatch::joined(RankId rank) {
  if (gone_.contains(rank) || !ranks_.emplace(rank, Rank{}).second) return;
  free_.insert(rank);
}

void Dispatch::release_rank(Trial& trial, RankId rank) {
  RONDO_CHECK(std::erase(trial.ranks, rank) == 1, "rank {}", rank.value());
  ranks_.at(rank).trial.reset();
  free_.insert(rank);
}

void Dispatch::abandon(Trial& trial, RankId rank, Ready& out) {
  out.commands.emplace_back(AbandonCommand{rank, ranks_.at(rank).assignment});
  release_rank(trial, rank);
}

void Dispatch::abandon_all(Ready& out) {
  for (auto& [rank, state] : ranks_) {
    if (!state.trial) continue;
    const TrialId id = *state.trial;
    Trial& trial = trials_.at(id);
    abandon(trial, rank, out);
    enqueue(id, trial);
  }
}

std::optional<std::string> Dispatch::count_failure(TrialId id, Trial& trial) {
  ++trial.failures;
  if (trial.failures < std::max(options_.max_infrastructure_failures, 1U)) return std::nullopt;
  return fmt::format(
      "trial {} was lost or failed {} times (a rank died, ran out of memory or refused it); see "
      "telemetry.jsonl for the ranks and hosts, give the ranks more memory or leave a host out, or raise "
      "max_infrastructure_failures",
      id.value(), trial.failures);
}

std::optional<std::string> Dispatch::lost(RankId rank) {
  gone_.insert(rank);
  const auto found = ranks_.find(rank);
  if (found == ranks_.end()) return std::nullopt;
  const std::optional<TrialId> id = found->second.trial;
  free_.erase(rank);
  ranks_.erase(found);
  if (!id) return std::nullopt;
  Trial& trial = trials_.at(*id);
  std::erase(trial.ranks, rank);
  enqueue(*id, trial);
  return count_failure(*id, trial);
}

Dispatch::Rank* Dispatch::working(RankId rank, AssignmentId assignment) {
  const auto found = ranks_.find(rank);
  if (found == ranks_.end() || !found->second.trial) return nullptr;
  return found->second.assignment == assignment ? &found->second : nullptr;
}

std::optional<std::string> Dispatch::failed(RankId rank, AssignmentId assignment) {
  const Rank* const worker = working(rank, assignment);
  if (worker == nullptr) return std::nullopt;
  const TrialId id = *worker->trial;
  Trial& trial = trials_.at(id);
  release_rank(trial, rank);
  trial.failed_on = rank;
  enqueue(id, trial);
  return count_failure(id, trial);
}

void Dispatch::done(RankId rank, AssignmentId assignment) {
  const Rank* const worker = working(rank, assignment);
  if (worker == nullptr) return;
  const TrialId id = *worker->trial;
  Trial& trial = trials_.at(id);
  release_rank(trial, rank);
  enqueue(id, trial);
}

bool Dispatch::contradicts(RankId rank, AssignmentId assignment, TrialId trial) const {
  const auto found = ranks_.find(rank);
  if (found == ranks_.end() || !found->second.trial || *found->second.trial == trial) return false;
  return found->second.assignment == assignment;
}

bool Dispatch::knows(TrialId trial) const {
  return trial.value() < timeline_.history().size() || proposals_.ahead(trial) != nullptr;
}

void Dispatch::keep_checkpoint(TrialId trial, Epoch epoch) {
  trials_[trial].checkpoint = epoch;
}

// --- assignments

// Trials that no lane has asked for yet, as long as nothing more urgent waits for the free ranks.
void Dispatch::draw_ahead() {
  std::size_t urgent = 0;
  for (const Key& key : queue_) {
    if (key.use == Use::speculative || urgent == free_.size()) break;
    ++urgent;
  }
  while (urgent < free_.size()) {
    const std::optional<TrialId> id = proposals_.draw_ahead(timeline_.history(), options_.trials);
    if (!id) return;
    Trial& trial = trials_[*id];
    enqueue(*id, trial);
    if (trial.list == &queue_) ++urgent;
  }
}

// The first in the order; but a trial that failed on this rank is left to others as long as it has something
// else to do that is needed.
TrialId Dispatch::work_for(RankId rank) const {
  for (const Key& key : queue_) {
    if (key.use == Use::speculative) break;
    if (trials_.at(key.trial).failed_on != rank) return key.trial;
  }
  return queue_.begin()->trial;
}

void Dispatch::give(RankId rank, TrialId id, Ready& out) {
  Trial& trial = trials_.at(id);
  const std::optional<Wanted> want = wanted(id);
  RONDO_CHECK(want && trial.ranks.size() < 2, "trial {}", id.value());
  const search::History& history = timeline_.history();
  const search::Proposal& proposal =
      id.value() < history.size() ? history.trial(id).proposal : *proposals_.ahead(id);
  // A checkpoint behind the first missing epoch would leave a gap.
  const Epoch checkpoint = trial.checkpoint < want->first ? trial.checkpoint : Epoch(0);
  const AssignmentId assignment(++assignments_);
  trial.ranks.push_back(rank);
  ranks_.at(rank) = {id, assignment, want->last};
  free_.erase(rank);
  enqueue(id, trial);
  out.commands.emplace_back(
      AssignCommand{rank, assignment, id, proposal.architecture, want->first, want->last, checkpoint});
}

// A rank whose work no lane waits for: a copy, else what no decision may ever ask for.
std::optional<RankId> Dispatch::least_needed() const {
  if (!copied_.empty()) return trials_.at(copied_.rbegin()->trial).ranks.back();
  if (!speculating_.empty()) return trials_.at(speculating_.rbegin()->trial).ranks.back();
  return std::nullopt;
}

// It gives way to what a lane waits for.
void Dispatch::make_room(Ready& out) {
  while (free_.empty() && !queue_.empty() && queue_.begin()->use != Use::speculative) {
    const std::optional<RankId> rank = least_needed();
    if (!rank) return;
    const TrialId id = *ranks_.at(*rank).trial;
    Trial& trial = trials_.at(id);
    abandon(trial, *rank, out);
    enqueue(id, trial);
    give(*rank, work_for(*rank), out);
  }
}

// Ranks with nothing else to do train once more what the search waits for, the longest awaited first: its
// rank may be slow, or hang. Whoever is ready first is taken, and the other is called back.
void Dispatch::copy_stragglers(Ready& out) {
  if (!options_.second_copies) return;
  auto next = single_.begin();
  while (!free_.empty() && next != single_.end()) {
    const TrialId id = next->trial;
    ++next;
    const auto rank = std::find_if(free_.begin(), free_.end(),
                                   [&](RankId candidate) { return trials_.at(id).failed_on != candidate; });
    if (rank != free_.end()) give(*rank, id, out);
  }
}

void Dispatch::assign(Ready& out) {
  draw_ahead();
  while (!free_.empty() && !queue_.empty()) {
    const TrialId first = queue_.begin()->trial;
    const auto rank = std::find_if(free_.begin(), free_.end(), [&](RankId candidate) {
      return trials_.at(first).failed_on != candidate;
    });
    if (rank != free_.end()) {
      give(*rank, first, out);
    } else {
      give(*free_.begin(), work_for(*free_.begin()), out);
    }
  }
  make_room(out);
  copy_stragglers(out);
}

}  // namespace rondo::schedule
