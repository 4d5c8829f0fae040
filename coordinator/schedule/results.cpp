#include "coordinator/schedule/results.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/text.h"

namespace rondo::schedule {

namespace {

std::string two_reports(TrialId trial, Epoch epoch, const std::string& first, const std::string& second) {
  return fmt::format(
      "trial {}, epoch {}: two reports of it differ: first {}, then {}. A rank computed a wrong result, or a "
      "file in checkpoints/ holds one; nothing more is committed. Train the trial on several hosts to see "
      "which of them errs: rondo replay RUN --trial {}",
      trial.value(), epoch.value(), first, second, trial.value());
}

std::string text_of(const EpochResult& result) {
  return fmt::format("train loss {}, validation loss {}, score {}, state {}", shortest(result.train_loss),
                     shortest(result.validation_loss), shortest(result.score), to_hex(result.fingerprint));
}

std::string text_of(const TrialEnd& end) {
  return fmt::format("it {} after epoch {}, best epoch {}, score {}, validation loss {}, weights {}",
                     end.outcome == Outcome::diverged ? "diverged" : "completed", end.epochs.value(),
                     end.best_epoch.value(), shortest(end.best_score), shortest(end.best_validation_loss),
                     end.has_weights ? to_hex(end.weights_digest) : "none");
}

constexpr const char* went_on = "the trial went on behind it";

}  // namespace

const EpochResult* Results::Known::find(Epoch epoch) const {
  if (epoch.value() >= 1 && epoch.value() <= epochs.size()) return &epochs[epoch.value() - 1];
  const auto found = beyond.find(epoch);
  return found == beyond.end() ? nullptr : &found->second;
}

Epoch Results::Known::latest() const {
  if (!beyond.empty()) return beyond.rbegin()->first;
  return Epoch(static_cast<std::uint32_t>(epochs.size()));
}

bool Results::well_formed(std::span<const EpochResult> epochs, const std::optional<TrialEnd>& end) const {
  if (epochs.empty()) return !end;
  const Epoch first = epochs.front().epoch;
  if (first < Epoch(1) || epochs.size() > last_.value()) return false;
  for (std::size_t index = 0; index < epochs.size(); ++index) {
    if (epochs[index].epoch.value() != first.value() + index) return false;
  }
  if (epochs.back().epoch > last_) return false;
  if (!end) return true;
  const bool of_a_worker = end->outcome == Outcome::completed || end->outcome == Outcome::diverged;
  return of_a_worker && end->epochs == epochs.back().epoch && end->best_epoch <= end->epochs;
}

std::optional<std::string> Results::difference(TrialId trial, const Known& known,
                                               std::span<const EpochResult> epochs,
                                               const std::optional<TrialEnd>& end) const {
  for (const EpochResult& result : epochs) {
    const EpochResult* const before = known.find(result.epoch);
    if (before != nullptr && !(*before == result)) {
      return two_reports(trial, result.epoch, text_of(*before), text_of(result));
    }
  }
  if (known.end && end && !(*known.end == *end)) {
    return two_reports(trial, std::min(known.end->epochs, end->epochs), text_of(*known.end), text_of(*end));
  }
  // Whether a trial ends at an epoch is part of that epoch's result. At the last one it must end, so a report
  // without an end is merely incomplete there.
  if (known.end && !end && !epochs.empty()) {
    const Epoch ended = known.end->epochs;
    const bool passes = epochs.front().epoch <= ended && epochs.back().epoch >= ended && ended < last_;
    if (passes || epochs.back().epoch > ended) {
      return two_reports(trial, ended, text_of(*known.end), went_on);
    }
  }
  if (!known.end && end) {
    const bool known_to_go_on = end->epochs < last_ && known.find(end->epochs) != nullptr;
    if (known_to_go_on || known.latest() > end->epochs) {
      return two_reports(trial, end->epochs, went_on, text_of(*end));
    }
  }
  return std::nullopt;
}

Added Results::add(TrialId trial, std::span<const EpochResult> epochs, const std::optional<TrialEnd>& end) {
  RONDO_CHECK(well_formed(epochs, end), "trial {}", trial.value());
  Added added;
  if (epochs.empty()) return added;
  Known& known = trials_[trial];
  added.difference = difference(trial, known, epochs, end);
  if (added.difference) return added;
  for (const EpochResult& result : epochs) {
    if (known.find(result.epoch) != nullptr) continue;
    if (added.first_new == Epoch(0)) added.first_new = result.epoch;
    if (result.epoch.value() == known.epochs.size() + 1) {
      known.epochs.push_back(result);
    } else {
      known.beyond.emplace(result.epoch, result);
    }
  }
  while (!known.beyond.empty() && known.beyond.begin()->first.value() == known.epochs.size() + 1) {
    known.epochs.push_back(known.beyond.begin()->second);
    known.beyond.erase(known.beyond.begin());
  }
  if (end && !known.end) {
    known.end = end;
    if (added.first_new == Epoch(0)) added.first_new = end->epochs;
  }
  return added;
}

const EpochResult* Results::find(TrialId trial, Epoch epoch) const {
  const auto found = trials_.find(trial);
  return found == trials_.end() ? nullptr : found->second.find(epoch);
}

const TrialEnd* Results::end(TrialId trial) const {
  const auto found = trials_.find(trial);
  return found == trials_.end() || !found->second.end ? nullptr : &*found->second.end;
}

std::optional<Epoch> Results::first_missing(TrialId trial) const {
  const auto found = trials_.find(trial);
  if (found == trials_.end()) return Epoch(1);
  const Known& known = found->second;
  const auto next = static_cast<std::uint32_t>(known.epochs.size()) + 1;
  if (known.end && next > known.end->epochs.value()) return std::nullopt;
  // The last epoch without the end that belongs to it is trained once more.
  return std::min(Epoch(next), last_);
}

}  // namespace rondo::schedule
