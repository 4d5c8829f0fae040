#include "common/transport/process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <fstream>
#include <iterator>
#include <string_view>

#include "common/base/text.h"

namespace rondo::transport {

namespace {

struct Stat {
  char state = '?';
  std::uint64_t started = 0;
};

// proc(5): "pid (name) state ppid …", the 22nd field being the start time. The name may hold blanks and
// parentheses.
std::optional<Stat> read_stat(std::uint32_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(text).substr(name_end + 2);
  Stat stat;
  if (rest.empty()) return std::nullopt;
  stat.state = rest[0];
  constexpr int start_time_field = 22 - 3;  // `rest` starts with the third
  for (int field = 0; field < start_time_field; ++field) {
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(blank + 1);
  }
  const auto started = parse_u64(rest.substr(0, rest.find(' ')));
  if (!started) return std::nullopt;
  stat.started = *started;
  return stat;
}

std::string program_of(const std::string& process) {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = readlink(fmt::format("/proc/{}/exe", process).c_str(), path.data(), path.size());
  return length < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(length));
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::uint32_t own_process() {
  return static_cast<std::uint32_t>(getpid());
}

std::optional<ProcessWatch> ProcessWatch::of(const std::string& host, std::uint32_t process) {
  if (host != host_name() || process == own_process()) return std::nullopt;
  const std::string program = program_of(fmt::format("{}", process));
  if (program.empty() || program != program_of("self")) return std::nullopt;
  return of(process);
}

std::optional<ProcessWatch> ProcessWatch::of(std::uint32_t process) {
  const auto stat = read_stat(process);
  if (!stat) return std::nullopt;
  return ProcessWatch(process, stat->started);
}

bool ProcessWatch::ended() const {
  const auto stat = read_stat(process_);
  return !stat || stat->started != started_ || stat->state == 'Z' || stat->state == 'X';
}

}  // namespace rondo::transport
