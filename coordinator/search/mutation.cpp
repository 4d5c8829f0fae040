#include "coordinator/search/mutation.h"

#include <algorithm>

namespace rondo::search {

bool is_among(const std::vector<std::uint32_t>& genes, std::uint32_t gene) {
  return std::find(genes.begin(), genes.end(), gene) != genes.end();
}

std::vector<std::uint32_t> changeable_genes(const Space& space, const Genome& genome) {
  std::vector<std::uint32_t> genes = space.genes(genome);
  std::erase_if(genes, [&](std::uint32_t gene) { return space.choices(gene) < 2; });
  return genes;
}

std::uint32_t other_value(const Space& space, const Genome& genome, std::uint32_t gene,
                          const random::Draws& draws, std::uint64_t element) {
  const auto value = static_cast<std::uint32_t>(draws.bounded(element, space.choices(gene) - 1));
  return value < genome[gene] ? value : value + 1;
}

Genome mutated(const Space& space, const Genome& parent, const random::Draws& choice,
               const random::Draws& fresh) {
  const std::vector<std::uint32_t> before = space.genes(parent);
  const std::vector<std::uint32_t> changeable = changeable_genes(space, parent);
  if (changeable.empty()) return parent;

  const std::uint32_t gene = changeable[choice.bounded(0, changeable.size())];
  Genome next = parent;
  next[gene] = other_value(space, parent, gene, choice, 1);
  Genome child(next.size());
  for (const std::uint32_t applies : space.genes(next)) {
    const bool applied = is_among(before, applies);
    child[applies] =
        applied ? next[applies] : static_cast<std::uint32_t>(fresh.bounded(applies, space.choices(applies)));
  }
  return child;
}

}  // namespace rondo::search
