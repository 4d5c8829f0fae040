#include "coordinator/search/greedy.h"

#include <utility>

#include "common/architecture/architecture.h"
#include "coordinator/search/fill.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/search/mutation.h"
#include "coordinator/search/random_sampler.h"

namespace rondo::search {

namespace {

// The tensor of a draw's address for what changes: element 0 is the stage, 1 the gene, 2 its other value.
constexpr std::uint32_t stage_tensor = 7;

// How much is drawn anew: the whole network, all of a block, or one value.
enum Stage : std::uint64_t { whole_stage, block_stage, value_stage, stages };

enum class Block { convolutions, hidden_layers, training };

Block block_of(std::uint32_t gene) {
  if (gene >= first_filters) return Block::convolutions;
  if (gene >= first_width) return Block::hidden_layers;
  switch (gene) {
    case gene_convolution_layers:
    case gene_kernel_size:
    case gene_separable:
    case gene_pool:
    case gene_global_average:
      return Block::convolutions;
    case gene_dense_layers:
    case gene_activation:
    case gene_batch_norm:
    case gene_layer_norm:
    case gene_dropout:
      return Block::hidden_layers;
    default:
      return Block::training;
  }
}

std::optional<TrialId> best_of(const History& history, bool higher_is_better) {
  std::optional<TrialId> best;
  for (const TrialRecord& trial : history.trials()) {
    if (!is_ranked(trial)) continue;
    if (!best || ranks_before(trial, history.trial(*best), higher_is_better)) best = trial.id;
  }
  return best;
}

}  // namespace

Greedy::Greedy(Space space, Appraiser appraiser, MasterSeed seed, bool higher_is_better)
    : space_(std::move(space)),
      appraiser_(std::move(appraiser)),
      seed_(seed),
      higher_is_better_(higher_is_better) {}

// AutoKeras draws a node of the tree of settings, as likely as it has leaves. The leaves below the nodes of
// one depth are all leaves, so every depth is equally likely, and in it the node above a leaf drawn
// uniformly.
Genome Greedy::changed(const Genome& parent, TrialId id, std::uint32_t attempt) const {
  const std::vector<std::uint32_t> before = space_.genes(parent);
  const std::vector<std::uint32_t> leaves = changeable_genes(space_, parent);
  if (leaves.empty()) return parent;

  const random::Draws draws = sampler_draws(seed_, id, attempt, stage_tensor);
  const std::uint64_t stage = draws.bounded(0, stages);
  const std::uint32_t leaf = leaves[draws.bounded(1, leaves.size())];
  // A value that stays would make the best network once more.
  const std::uint32_t other = other_value(space_, parent, leaf, draws, 2);

  const random::Draws fresh = sampler_draws(seed_, id, attempt, whole_network);
  return filled(space_, [&](std::uint32_t gene) {
    if (stage == value_stage && gene == leaf) return other;
    const bool kept = is_among(before, gene);
    const bool anew = stage == whole_stage || (stage == block_stage && block_of(gene) == block_of(leaf));
    if (kept && !anew) return parent[gene];
    return static_cast<std::uint32_t>(fresh.bounded(gene, space_.choices(gene)));
  });
}

std::optional<Proposal> Greedy::propose(TrialId id, std::uint32_t attempt, const History& history) const {
  const std::optional<TrialId> best = best_of(history, higher_is_better_);
  if (!best) {
    return appraiser_.appraise(
        space_.architecture(space_.draw(sampler_draws(seed_, id, attempt, whole_network))));
  }
  const Genome parent = space_.genome_of(parse_architecture(history.trial(*best).proposal.architecture));
  return appraiser_.appraise(space_.architecture(changed(parent, id, attempt)));
}

}  // namespace rondo::search
