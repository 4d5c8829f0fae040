// rondo doctor: whether this machine computes what every other one does, and with what.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "coordinator/cli/commands.h"
#include "coordinator/cli/doctor.h"
#include "coordinator/cli/output.h"

namespace rondo::cli {

ExitCode doctor_command(const DoctorOptions& options) {
  const Output output(options.json);
  const char* const wanted = std::getenv("RONDO_TARGET");
  std::vector<Check> checks = check_program();
  for (Check& check : check_kernels(kernels::available_tables(), wanted == nullptr ? "" : wanted)) {
    checks.push_back(std::move(check));
  }
  nlohmann::ordered_json json;
  for (const Check& check : checks) {
    output.line(fmt::format("{:<6} {:<9} {}", check.good ? "ok" : "FAILED", check.name, check.what));
    json["checks"].push_back({{"name", check.name}, {"good", check.good}, {"what", check.what}});
  }
  const bool good = std::ranges::all_of(checks, [](const Check& check) { return check.good; });
  json["good"] = good;
  output.object(json);
  return good ? ExitCode::done : ExitCode::failed;
}

}  // namespace rondo::cli
