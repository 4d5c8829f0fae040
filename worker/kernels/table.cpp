#include "worker/kernels/table.h"

#include <array>
#include <cstdlib>
#include <string>

#include "common/base/error.h"

namespace rondo::kernels {

#if defined(__aarch64__)
namespace neon {
extern const KernelTable table;
}
#else
namespace scalar {
extern const KernelTable table;
}
namespace sse4 {
extern const KernelTable table;
}
namespace avx2 {
extern const KernelTable table;
}
namespace avx512 {
extern const KernelTable table;
}
#endif

std::span<const KernelTable* const> available_tables() {
#if defined(__aarch64__)
  static constexpr std::array<const KernelTable*, 1> tables = {&neon::table};
  return tables;
#else
  // Every level contains those before it.
  static constexpr std::array<const KernelTable*, 4> tables = {&scalar::table, &sse4::table, &avx2::table,
                                                               &avx512::table};
  std::size_t count = 1;
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) {
    count = 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
      count = 3;
      if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl")) {
        count = 4;
      }
    }
  }
  return std::span(tables).first(count);
#endif
}

const KernelTable& table_named(std::string_view name) {
  std::string names;
  for (const KernelTable* table : available_tables()) {
    if (name == table->name) return *table;
    names += names.empty() ? "" : ", ";
    names += table->name;
  }
  throw_bad_input("RONDO_TARGET: '{}' is not a target of this CPU; use one of {}", name, names);
}

const KernelTable& kernels() {
  static const KernelTable& chosen = []() -> const KernelTable& {
    const char* wanted = std::getenv("RONDO_TARGET");  // lint: allow(every table gives the same bits)
    return wanted == nullptr || *wanted == '\0' ? *available_tables().back() : table_named(wanted);
  }();
  return chosen;
}

}  // namespace rondo::kernels
