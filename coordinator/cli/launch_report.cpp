#include "coordinator/cli/launch_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

#include "common/base/text.h"
#include "common/transport/process.h"
#include "coordinator/cli/launch.h"
#include "coordinator/cli/launch_processes.h"

namespace rondo::cli {

namespace {

// The launcher may be gone, or on another host: then nobody reads it, and nothing is lost.
void add_line(const std::string& line) {
  const char* const path = std::getenv(launch_report_variable);
  if (path == nullptr) return;
  const int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = write(file, line.data(), line.size());
  close(file);
}

}  // namespace

void report_started() {
  add_line(fmt::format("started {} {}\n", transport::host_name(), transport::own_process()));
}

void report_ended(int exit_code) {
  add_line(fmt::format("ended {}\n", exit_code));
}

LaunchReport read_launch_report(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  LaunchReport report;
  std::string_view rest(text);
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos) continue;
    const auto number = parse_u64(line.substr(last + 1));
    if (!number) continue;
    if (line.starts_with("started ") && first < last) {
      report.host = line.substr(first + 1, last - first - 1);
      report.process = static_cast<std::uint32_t>(*number);
    } else if (line.starts_with("ended ")) {
      report.exit_code = static_cast<int>(*number);
    }
  }
  return report;
}

}  // namespace rondo::cli
