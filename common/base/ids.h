// Strong types for the numbers that a search is made of, so that a lane is never passed where a rank is
// meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace rondo {

// A value of type Rep that mixes with no other Tag. Ordered and comparable; arithmetic is spelled out with
// value().
template <class Tag, class Rep>
class Strong {
 public:
  using Representation = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Strong, Strong) = default;

 private:
  Rep value_{};
};

// Number of a trial, from 0, in the order in which the trials were proposed.
using TrialId = Strong<struct TrialIdTag, std::uint64_t>;
// Number of a virtual worker, 0 … lanes - 1. Independent of ranks.
using LaneId = Strong<struct LaneIdTag, std::uint32_t>;
// Number of a real process. Rank 0 coordinates. Never reaches the journal.
using RankId = Strong<struct RankIdTag, std::uint32_t>;
// Virtual time. Cost of an epoch and moment of an event alike.
using Tick = Strong<struct TickTag, std::uint64_t>;
// Number of an epoch of one trial, from 1.
using Epoch = Strong<struct EpochTag, std::uint32_t>;
// The one seed that a user chooses. Every value is valid, 0 included.
using MasterSeed = Strong<struct MasterSeedTag, std::uint64_t>;

}  // namespace rondo

template <class Tag, class Rep>
struct std::hash<rondo::Strong<Tag, Rep>> {
  std::size_t operator()(rondo::Strong<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value()); }
};
