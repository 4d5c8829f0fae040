// A genome from a rule for each gene, whichever genes turn out to apply.
#pragma once

#include <cstdint>
#include <utility>

#include "coordinator/search/space.h"

namespace rondo::search {

// `value(gene)` < choices(gene), the same at every call. Which genes apply depends on other genes' values, so
// values are set until nothing changes; genes that do not apply are 0.
template <class Value>
[[nodiscard]] Genome filled(const Space& space, Value value) {
  Genome genome = space.at(0);
  for (;;) {
    Genome next(genome.size());
    for (const std::uint32_t gene : space.genes(genome)) next[gene] = value(gene);
    if (next == genome) return genome;
    genome = std::move(next);
  }
}

}  // namespace rondo::search
