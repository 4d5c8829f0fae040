// Networks as values: canonical bytes, content digest, and the formulas over them that everybody must agree
// on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/base/ids.h"
#include "rondo/architecture.pb.h"

namespace rondo {

// What a network is put between.
struct ProblemShape {
  std::uint64_t inputs = 0;   // width of a row after preprocessing
  std::uint64_t outputs = 0;  // 1 for binary and regression, else the number of classes
  std::uint64_t training_rows = 0;
};

// Clears what does not apply (weight decay without AdamW, momentum without SGD), so that equal networks are
// equal bytes; see the folder's README for the rule.
[[nodiscard]] proto::Architecture canonical(const proto::Architecture& architecture);
[[nodiscard]] std::string canonical_bytes(const proto::Architecture& architecture);
// Throws Error(corrupt) when the bytes are not the canonical form of a valid architecture.
[[nodiscard]] proto::Architecture parse_architecture(std::string_view bytes);
[[nodiscard]] Digest content_digest(std::string_view canonical_architecture_bytes);

// Trainable values; batch norm's running statistics do not count.
[[nodiscard]] std::uint64_t parameter_count(const proto::Architecture& architecture,
                                            const ProblemShape& shape);
// Multiply-adds of one training epoch, forward and backward: 3 per weight and row.
[[nodiscard]] std::uint64_t multiply_adds_per_epoch(const proto::Architecture& architecture,
                                                    const ProblemShape& shape);
// max(1, ⌈multiply-adds / divisor⌉). Throws Error(bad_input) on overflow.
[[nodiscard]] Tick ticks_per_epoch(const proto::Architecture& architecture, const ProblemShape& shape,
                                   std::uint64_t divisor);
// Upper bound of a trial's memory, the same on every CPU: what `too_large` is decided by.
[[nodiscard]] std::uint64_t trial_bytes(const proto::Architecture& architecture, const ProblemShape& shape);
// One line for people: "64 relu bn drop 0.25 > 32 relu | adam 0.001 | batch 32".
[[nodiscard]] std::string describe(const proto::Architecture& architecture);

}  // namespace rondo
