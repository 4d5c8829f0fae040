// One gene of a network changed, and what then applies.
#pragma once

#include "common/random/draws.h"
#include "coordinator/search/space.h"

namespace rondo::search {

// The tensor of the draws that a mutation takes: element 0 says which gene, element 1 which of its other
// values.
inline constexpr std::uint32_t mutation_choice = 2;

// A gene, uniform among those of `parent` that have a choice, takes another value. What applies only now (a
// new layer's width, the other optimiser's own setting) has no parent: it is drawn from `fresh` as in a whole
// network. If nothing can change, the child is its parent.
[[nodiscard]] Genome mutated(const Space& space, const Genome& parent, const random::Draws& choice,
                             const random::Draws& fresh);

}  // namespace rondo::search
