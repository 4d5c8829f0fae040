#include "coordinator/runtime/errands.h"

#include <algorithm>

#include "common/base/check.h"

namespace rondo::runtime {

Errands::Errands(std::size_t count, std::size_t wanted, std::uint64_t first, std::uint32_t most_failures)
    : states_(count, State::waiting),
      failures_(count),
      wanted_(wanted),
      next_(first),
      most_failures_(most_failures) {
  RONDO_CHECK(wanted > 0 && is_one(first));
}

std::size_t Errands::count(State state) const {
  return static_cast<std::size_t>(std::ranges::count(states_, state));
}

std::size_t Errands::needed() const {
  return std::min(wanted_, states_.size() - count(State::dropped));
}

std::optional<std::pair<std::uint64_t, std::size_t>> Errands::give() {
  if (failed_) return std::nullopt;
  std::size_t taking_part = 0;
  for (std::size_t index = 0; index < states_.size() && taking_part < wanted_; ++index) {
    if (states_[index] != State::dropped) ++taking_part;
    if (states_[index] != State::waiting) continue;
    states_[index] = State::under_way;
    under_way_.emplace(next_, index);
    return std::pair(next_++, index);
  }
  return std::nullopt;
}

std::optional<std::size_t> Errands::find(std::uint64_t assignment) const {
  const auto found = under_way_.find(assignment);
  if (found == under_way_.end()) return std::nullopt;
  return found->second;
}

void Errands::settle(std::uint64_t assignment, State state) {
  const auto found = under_way_.find(assignment);
  RONDO_CHECK(found != under_way_.end(), "assignment {} is not under way", assignment);
  states_[found->second] = state;
  under_way_.erase(found);
}

void Errands::attempt_failed(std::uint64_t assignment, const std::string& why) {
  const std::optional<std::size_t> index = find(assignment);
  if (!index) return;
  settle(assignment, State::waiting);
  last_failure_ = why;
  if (++failures_[*index] > most_failures_) failed_ = true;
}

}  // namespace rondo::runtime
