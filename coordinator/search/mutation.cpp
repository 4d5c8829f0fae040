#include "coordinator/search/mutation.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace rondo::search {

Genome mutated(const Space& space, const Genome& parent, const random::Draws& choice,
               const random::Draws& fresh) {
  const std::vector<std::uint32_t> before = space.genes(parent);
  std::vector<std::uint32_t> changeable;
  std::copy_if(before.begin(), before.end(), std::back_inserter(changeable),
               [&](std::uint32_t gene) { return space.choices(gene) > 1; });
  if (changeable.empty()) return parent;

  const std::uint32_t gene = changeable[choice.bounded(0, changeable.size())];
  auto value = static_cast<std::uint32_t>(choice.bounded(1, space.choices(gene) - 1));
  if (value >= parent[gene]) ++value;

  Genome next = parent;
  next[gene] = value;
  Genome child(next.size());
  for (const std::uint32_t applies : space.genes(next)) {
    const bool applied = std::find(before.begin(), before.end(), applies) != before.end();
    child[applies] =
        applied ? next[applies] : static_cast<std::uint32_t>(fresh.bounded(applies, space.choices(applies)));
  }
  return child;
}

}  // namespace rondo::search
