// One gene of a network changed, and what then applies.
#pragma once

#include <cstdint>
#include <vector>

#include "common/random/draws.h"
#include "coordinator/search/space.h"

namespace rondo::search {

// The tensor of the draws that a mutation takes: element 0 says which gene, element 1 which of its other
// values.
inline constexpr std::uint32_t mutation_choice = 2;

[[nodiscard]] bool is_among(const std::vector<std::uint32_t>& genes, std::uint32_t gene);
// Those that apply to the genome and have a choice, in the order of the grid.
[[nodiscard]] std::vector<std::uint32_t> changeable_genes(const Space& space, const Genome& genome);
// Uniform among the other values of a gene that has a choice.
[[nodiscard]] std::uint32_t other_value(const Space& space, const Genome& genome, std::uint32_t gene,
                                        const random::Draws& draws, std::uint64_t element);

// A gene, uniform among those of `parent` that have a choice, takes another value. What applies only now (a
// new layer's width, the other optimiser's own setting) has no parent: it is drawn from `fresh` as in a whole
// network. If nothing can change, the child is its parent.
[[nodiscard]] Genome mutated(const Space& space, const Genome& parent, const random::Draws& choice,
                             const random::Draws& fresh);

}  // namespace rondo::search
