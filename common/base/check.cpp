#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace rondo {

void check_failed(const char* condition, const char* file, int line, const std::string& detail) {
  std::fprintf(stderr, "rondo: internal error at %s:%d: %s does not hold%s%s\n", file, line, condition,
               detail.empty() ? "" : ": ", detail.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace rondo
