#include "coordinator/cli/time_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/text.h"
#include "coordinator/cli/run_program.h"

namespace rondo::cli {

namespace {

using std::chrono::seconds;

constexpr seconds minute{60};
constexpr seconds hour{3'600};
constexpr seconds day{86'400};
constexpr seconds longest_limit = 366 * day;
constexpr std::chrono::milliseconds squeue_longest{5'000};

[[noreturn]] void refuse_duration(std::string_view text) {
  throw_bad_input("--time-limit: '{}' is no time: write 3h55m, 90s or 1d12h, up to 366 days", text);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// A number of units; nothing when that is none or above the longest limit.
std::optional<seconds> times(std::string_view number, seconds unit) {
  const auto value = parse_u64(number);
  if (!value || *value > static_cast<std::uint64_t>(longest_limit / unit)) return std::nullopt;
  return unit * static_cast<seconds::rep>(*value);
}

}  // namespace

seconds parse_duration(std::string_view text) {
  constexpr std::array<std::pair<char, seconds>, 4> units{
      {{'d', day}, {'h', hour}, {'m', minute}, {'s', seconds(1)}}};
  seconds sum{0};
  std::string_view rest = text;
  for (const auto& [letter, unit] : units) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == rest.size() || rest[digits] != letter) continue;
    const auto part = times(rest.substr(0, digits), unit);
    if (!part) refuse_duration(text);
    sum += *part;
    rest.remove_prefix(digits + 1);
  }
  if (!rest.empty() || sum < seconds(1) || sum > longest_limit) refuse_duration(text);
  return sum;
}

std::optional<seconds> parse_slurm_time(std::string_view text) {
  seconds sum{0};
  const std::size_t dash = text.find('-');
  const bool has_days = dash != std::string_view::npos;
  if (has_days) {
    const auto days = times(text.substr(0, dash), day);
    if (!days) return std::nullopt;
    sum = *days;
    text.remove_prefix(dash + 1);
  }
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() > 3) return std::nullopt;
  // With days the first number is hours; without, the last one is seconds, unless it is alone: minutes.
  constexpr std::array<seconds, 3> units{hour, minute, seconds(1)};
  std::size_t unit = has_days ? 0 : units.size() - parts.size();
  if (!has_days && parts.size() == 1) unit = 1;
  for (const std::string_view part : parts) {
    const auto value = times(part, units[unit++]);
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum;
}

std::optional<seconds> slurm_time_left() {
  const char* const job = std::getenv("SLURM_JOB_ID");
  if (job == nullptr) return std::nullopt;
  const auto answer = run_program({"squeue", "-h", "-j", job, "-o", "%L"}, squeue_longest);
  if (!answer || answer->exit_code != 0) return std::nullopt;
  std::string_view text = answer->output;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return parse_slurm_time(text);
}

seconds pause_ahead(seconds left) {
  return std::clamp(left / 10, seconds(10), seconds(60));
}

std::optional<runtime::PauseTime> pause_time(const std::string& limit, std::optional<seconds> job_left,
                                             std::chrono::steady_clock::time_point started) {
  std::optional<runtime::PauseTime> pause;
  if (!limit.empty()) {
    pause = {started + parse_duration(limit), fmt::format("paused at the time limit of {}", limit)};
  }
  if (!job_left) return pause;
  const auto end = started + std::max(seconds(0), *job_left - pause_ahead(*job_left));
  if (!pause || end < pause->at) pause = {end, "paused before the end of the Slurm job"};
  return pause;
}

}  // namespace rondo::cli
