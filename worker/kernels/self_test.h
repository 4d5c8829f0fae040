// Proof that this process computes what every other one does.
#pragma once

#include "common/base/digest.h"
#include "worker/kernels/table.h"

namespace rondo::kernels {

// SHA-256 over the outputs of every kernel of the target in use, on fixed Philox inputs; a few milliseconds.
[[nodiscard]] Digest numerics_digest();
// The same for one target.
[[nodiscard]] Digest numerics_digest(const KernelTable& table);

}  // namespace rondo::kernels
