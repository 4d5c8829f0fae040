// Who may work on a run: a worker that computes by the same rules, on the same table.
#pragma once

#include <optional>
#include <string>

#include "common/base/digest.h"
#include "rondo/message.pb.h"

namespace rondo::runtime {

// Why the worker that says this cannot take part; nothing: it can. `numerics` is the digest of the
// coordinator's own kernels.
[[nodiscard]] std::optional<std::string> mismatch(const proto::Hello& hello, const Digest& numerics);

}  // namespace rondo::runtime
