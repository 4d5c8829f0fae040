// The check of sizes that every kernel makes of what it is given.
#pragma once

#include <cstddef>

#include "common/base/check.h"

namespace rondo::kernels {

inline void check_size(std::size_t given, std::size_t wanted) {
  RONDO_CHECK(given == wanted, "{} values where {} belong", given, wanted);
}

}  // namespace rondo::kernels
