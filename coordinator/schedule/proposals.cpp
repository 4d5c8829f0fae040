#include "coordinator/schedule/proposals.h"

#include <utility>

#include "common/base/check.h"

namespace rondo::schedule {

Proposals::Proposals(const search::Proposer& proposer, std::uint32_t most_ahead)
    : proposer_(proposer), most_ahead_(proposer.reads_history() ? 0 : most_ahead) {}

std::optional<Drawn> Proposals::draw(TrialId trial, const search::History& history) {
  if (exhausted_) return std::nullopt;
  for (std::uint32_t attempt = 0;; ++attempt) {
    std::optional<search::Proposal> proposal = proposer_.propose(trial, attempt, history);
    if (!proposal) {
      exhausted_ = !proposer_.reads_history();
      return std::nullopt;
    }
    RONDO_CHECK(proposal->ticks_per_epoch >= Tick(1), "trial {}", trial.value());
    const bool repeats = !seen_.insert(proposal->digest).second;
    if (!repeats || attempt == most_redraws) return Drawn{std::move(*proposal), attempt};
  }
}

std::optional<Drawn> Proposals::take(const search::History& history) {
  RONDO_CHECK(history.size() == taken_, "{} trials are proposed, {} taken", history.size(), taken_);
  std::optional<Drawn> drawn;
  if (waiting_.empty()) {
    drawn = draw(TrialId(taken_), history);
  } else {
    drawn = std::move(waiting_.front());
    waiting_.pop_front();
  }
  if (drawn) ++taken_;
  return drawn;
}

std::optional<TrialId> Proposals::draw_ahead(const search::History& history, std::uint64_t trials) {
  const std::uint64_t next = taken_ + waiting_.size();
  if (waiting_.size() >= most_ahead_ || next >= trials) return std::nullopt;
  std::optional<Drawn> drawn = draw(TrialId(next), history);
  if (!drawn) return std::nullopt;
  waiting_.push_back(std::move(*drawn));
  return TrialId(next);
}

const search::Proposal* Proposals::ahead(TrialId trial) const {
  if (trial.value() < taken_ || trial.value() - taken_ >= waiting_.size()) return nullptr;
  return &waiting_[static_cast<std::size_t>(trial.value() - taken_)].proposal;
}

}  // namespace rondo::schedule
