#include "coordinator/search/portfolio.h"

#include <utility>

namespace rondo::search {

namespace {

// Of so many trials in a row these are the density's and the mutation's. The rest is the model's, which finds
// more with as many trials; the two see to it that a space which it takes for another is searched as well.
constexpr std::uint64_t portfolio_round = 8;
constexpr std::uint64_t density_turn = 3;
constexpr std::uint64_t mutation_turn = 7;
// The model costs more the more it has seen: from here on it has the first trial of a round, and the density
// the others.
constexpr std::uint64_t model_trials = 256;

}  // namespace

Portfolio::Portfolio(std::unique_ptr<Proposer> model, std::unique_ptr<Proposer> density,
                     std::unique_ptr<Proposer> mutation)
    : model_(std::move(model)), density_(std::move(density)), mutation_(std::move(mutation)) {}

std::optional<Proposal> Portfolio::propose(TrialId id, std::uint32_t attempt, const History& history) const {
  const std::uint64_t turn = id.value() % portfolio_round;
  if (turn == mutation_turn) return mutation_->propose(id, attempt, history);
  const bool dense = turn == density_turn || (turn > 0 && id.value() >= model_trials);
  return (dense ? density_ : model_)->propose(id, attempt, history);
}

}  // namespace rondo::search
