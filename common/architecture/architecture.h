// Networks as values: canonical bytes, content digest, and the formulas over them that everybody must agree
// on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/architecture/shape.h"
#include "common/base/digest.h"
#include "common/base/ids.h"
#include "rondo/architecture.pb.h"

namespace rondo {

// Clears what does not apply (weight decay without AdamW, momentum without SGD, layer norm beside batch norm,
// an average without convolutions), so that equal networks are equal bytes; see the folder's README for the
// rule.
[[nodiscard]] proto::Architecture canonical(const proto::Architecture& architecture);
[[nodiscard]] std::string canonical_bytes(const proto::Architecture& architecture);
// Throws Error(corrupt) when the bytes are not the canonical form of a valid architecture.
[[nodiscard]] proto::Architecture parse_architecture(std::string_view bytes);
[[nodiscard]] Digest content_digest(std::string_view canonical_architecture_bytes);

// The formulas throw Error(bad_input) where 64 bits do not hold them. An architecture with convolutions needs
// a shape with an image.

// Trainable values of one network; batch norm's running statistics do not count.
[[nodiscard]] std::uint64_t parameter_count(const proto::Architecture& architecture,
                                            const ProblemShape& shape);
// Multiply-adds of one row's way forward: one per weight and place where it is used.
[[nodiscard]] std::uint64_t multiply_adds_per_row(const proto::Architecture& architecture,
                                                  const ProblemShape& shape);
// Multiply-adds of one training epoch of all members, forward and backward: 3 times those of their rows.
[[nodiscard]] std::uint64_t multiply_adds_per_epoch(const proto::Architecture& architecture,
                                                    const ProblemShape& shape);
// Training steps of one epoch of all members: their rows by the batch size, rounded up.
[[nodiscard]] std::uint64_t steps_per_epoch(const proto::Architecture& architecture,
                                            const ProblemShape& shape);
// What an epoch costs beside its multiply-adds, and how many of all of these are one tick.
struct TickRule {
  std::uint64_t divisor;     // ≥ 1
  std::uint64_t step = 0;    // of each training step, in multiply-adds
  std::uint64_t weight = 0;  // of each trained parameter in a step
};
// max(1, ⌈(multiply-adds + steps · (step + weight · parameters)) / divisor⌉).
[[nodiscard]] Tick ticks_per_epoch(const proto::Architecture& architecture, const ProblemShape& shape,
                                   const TickRule& rule);
// Upper bound of the memory of a trial with all its members, the same on every CPU: what `too_large` is
// decided by.
[[nodiscard]] std::uint64_t trial_bytes(const proto::Architecture& architecture, const ProblemShape& shape);
// One line for people: "16 conv 3 relu pool 2 > 64 relu bn drop 0.25 > 32 relu | adam 0.001 | batch 32".
[[nodiscard]] std::string describe(const proto::Architecture& architecture);
// The inverse; blanks around words and signs are free. Throws Error(bad_input) that says what is needed
// where.
[[nodiscard]] proto::Architecture parse_description(std::string_view text);

}  // namespace rondo
