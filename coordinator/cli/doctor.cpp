#include "coordinator/cli/doctor.h"

#include <fmt/format.h>

#include <thread>
#include <utility>

#include "common/base/digest.h"
#include "common/base/versions.h"
#include "common/numerics/floating_point_mode.h"
#include "common/transport/cores.h"
#include "common/transport/mpi_transport.h"
#include "common/transport/process.h"
#include "coordinator/cli/environment.h"
#include "worker/kernels/self_test.h"

namespace rondo::cli {

std::vector<Check> check_kernels(std::span<const kernels::KernelTable* const> tables,
                                 std::string_view wanted) {
  const Digest expected = kernels::numerics_digest(*tables.front());
  std::string names;
  std::string wrong;
  bool known = wanted.empty();
  for (const kernels::KernelTable* const table : tables) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", table->name);
    known = known || wanted == table->name;
    if (kernels::numerics_digest(*table) == expected) continue;
    wrong += fmt::format("{}{}", wrong.empty() ? "" : ", ", table->name);
  }
  std::vector<Check> checks;
  Check target{.name = "target", .good = known, .what = {}};
  if (!known) {
    target.what = fmt::format(
        "RONDO_TARGET is '{}', which this CPU does not have; unset it or take one of {}", wanted, names);
  } else if (wanted.empty()) {
    target.what = fmt::format("{}, the fastest of {}", tables.back()->name, names);
  } else {
    target.what = fmt::format("{}, as RONDO_TARGET says, of {}", wanted, names);
  }
  checks.push_back(std::move(target));
  Check numerics{.name = "numerics", .good = wrong.empty(), .what = {}};
  if (wrong.empty()) {
    numerics.what = fmt::format("version {}, the same bits on each target, digest {}", numerics_version,
                                to_hex(expected));
  } else {
    numerics.what = fmt::format(
        "{} and {} give different bits: the build or the CPU is at fault; take RONDO_TARGET={} and report it",
        tables.front()->name, wrong, tables.front()->name);
  }
  checks.push_back(std::move(numerics));
  return checks;
}

std::vector<Check> check_program() {
  std::vector<Check> checks;
  checks.push_back(
      {"program", true,
       fmt::format("rondo {}, {}; journal {}, search {}, seed scheme {}, protocol {}", release_version,
                   compiler_name(), journal_version, search_version, seed_scheme_version, protocol_version)});
  checks.push_back({"host", true,
                    fmt::format("{}, {}, {} threads", transport::host_name(), cpu_name(),
                                std::thread::hardware_concurrency())});
  checks.push_back(
      {"threads", true,
       fmt::format("{}, as many as this process may use cores; --threads-per-rank takes another number",
                   transport::share_of_cores(transport::own_cores(), {}))});
  checks.push_back({"mode", numerics::in_floating_point_mode(),
                    numerics::in_floating_point_mode()
                        ? "round to nearest, denormals kept"
                        : "this thread's floating-point mode was changed: start rondo without LD_PRELOAD"});
  const std::string mpi = transport::mpi_library();
  checks.push_back({"mpi", true, mpi.empty() ? "none: this build runs as one process" : mpi});
  return checks;
}

}  // namespace rondo::cli
