#include "coordinator/search/appraiser.h"

#include <algorithm>
#include <limits>

#include "common/base/error.h"

namespace rondo::search {

namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

// A formula's value; what does not fit into 64 bits is above every limit.
template <class Formula>
std::uint64_t value_or_most(Formula formula) {
  try {
    return formula();
  } catch (const Error&) {
    return most;
  }
}

// Weights and their gradients, best copy and optimiser state take at least 4 floats each: trial_bytes() is at
// least 16 times the number of weights.
constexpr std::uint64_t least_bytes_of_a_weight = 16;

struct Sizes {
  std::uint64_t parameters = 0;
  std::uint64_t multiply_adds = 0;
  std::uint64_t bytes = 0;
};

Sizes sizes_of(const proto::Architecture& architecture, const ProblemShape& shape) {
  return {value_or_most([&] { return parameter_count(architecture, shape); }),
          value_or_most([&] { return multiply_adds_per_row(architecture, shape); }),
          value_or_most([&] { return trial_bytes(architecture, shape); })};
}

Excess excess(const Sizes& sizes, const proto::Limits& limits) {
  if (sizes.parameters > limits.parameters()) return Excess::parameters;
  if (limits.multiply_adds() != 0 && sizes.multiply_adds > limits.multiply_adds())
    return Excess::multiply_adds;
  return sizes.bytes > limits.trial_bytes() ? Excess::trial_bytes : Excess::none;
}

}  // namespace

Excess excess_of(const proto::Architecture& architecture, const ProblemShape& shape,
                 const proto::Limits& limits) {
  return excess(sizes_of(architecture, shape), limits);
}

TickRule tick_rule(const proto::Experiment& resolved) {
  const proto::SearchSettings& search = resolved.search();
  return {search.tick_divisor(), search.tick_step(), search.tick_weight()};
}

Appraiser::Appraiser(const proto::Experiment& resolved, const Space& space, const ProblemShape& shape)
    : shape_(shape), limits_(resolved.limits()), tick_rule_(tick_rule(resolved)) {
  const std::uint64_t weights =
      std::min(limits_.parameters(), limits_.trial_bytes() / least_bytes_of_a_weight);
  // A convolution uses a weight at no more places than the image has.
  const std::uint64_t places = space.has_convolutions() ? shape.image.height * shape.image.width : 1;
  std::uint64_t row = 0;
  if (__builtin_mul_overflow(weights, places, &row)) row = most;
  row = std::min(row, space.most_multiply_adds(shape));
  if (limits_.multiply_adds() != 0) row = std::min(row, limits_.multiply_adds());
  std::uint64_t work = 0;
  if (__builtin_mul_overflow(row, shape.training_rows, &work) ||
      __builtin_mul_overflow(work, std::uint64_t{3}, &work)) {
    throw_bad_input(
        "space: an epoch of its largest network over {} rows costs more multiply-adds than 64 bits hold: "
        "take smaller space.units or space.dense_layers, space.filters or space.convolution_layers, or a "
        "smaller limits.parameters or limits.multiply_adds",
        shape.training_rows);
  }
  // There are no more steps than rows, and no more trained parameters than the limits let through.
  std::uint64_t beside = 0;
  if (__builtin_mul_overflow(tick_rule_.weight, limits_.parameters(), &beside) ||
      __builtin_add_overflow(beside, tick_rule_.step, &beside) ||
      __builtin_mul_overflow(beside, shape.training_rows, &beside) ||
      __builtin_add_overflow(beside, work, &beside)) {
    throw_bad_input(
        "search: with tick_step {} and tick_weight {} an epoch over {} rows could cost more than 64 bits "
        "hold: take smaller ones, or a smaller limits.parameters",
        tick_rule_.step, tick_rule_.weight, shape.training_rows);
  }
}

Proposal Appraiser::appraise(const proto::Architecture& architecture) const {
  Proposal proposal;
  proposal.architecture = canonical_bytes(architecture);
  proposal.digest = content_digest(proposal.architecture);
  const Sizes sizes = sizes_of(architecture, shape_);
  proposal.parameters = sizes.parameters;
  proposal.multiply_adds = sizes.multiply_adds;
  proposal.too_large = excess(sizes, limits_) != Excess::none;
  if (!proposal.too_large) proposal.ticks_per_epoch = ticks_per_epoch(architecture, shape_, tick_rule_);
  return proposal;
}

}  // namespace rondo::search
