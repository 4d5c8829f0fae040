#include "coordinator/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/base/text.h"

namespace rondo::cli {

namespace {

constexpr std::chrono::seconds log_interval{10};
constexpr std::size_t usual_columns = 80;
constexpr const char* clear_line = "\r\033[K";

// At most `columns` characters of UTF-8 text.
std::string cut(const std::string& text, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_one = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
    if (starts_one && characters++ == columns) return text.substr(0, i);
  }
  return text;
}

void write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::optional<std::size_t> terminal_columns() {
  if (const char* const told = std::getenv(terminal_variable)) {
    if (const auto columns = parse_u64(told); columns && *columns > 0) {
      return static_cast<std::size_t>(*columns);
    }
  }
  const char* const kind = std::getenv("TERM");
  if (isatty(STDERR_FILENO) == 0 || kind == nullptr || std::string_view(kind) == "dumb") return std::nullopt;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual_columns;
  return size.ws_col;
}

std::string progress_text(const runtime::SearchProgress& progress, const std::string& metric,
                          std::chrono::seconds elapsed) {
  const std::string paused =
      progress.counts.paused > 0 ? fmt::format(" ({} paused)", progress.counts.paused) : "";
  std::string text =
      fmt::format("{}/{} trials{}, {} epochs, {} s", progress.counts.ended + progress.counts.paused,
                  progress.trials, paused, progress.counts.epochs_committed, elapsed.count());
  text += fmt::format(" | {} worker{}", progress.workers, progress.workers == 1 ? "" : "s");
  if (progress.workers_lost > 0) text += fmt::format(" ({} lost)", progress.workers_lost);
  if (progress.selecting) {
    text += fmt::format(" | training the ensemble's candidates once more: {} of {}", progress.retrained,
                        progress.to_retrain);
  } else if (progress.retraining) {
    text += fmt::format(" | training the best again: {} of {}", progress.retrained, progress.to_retrain);
  }
  if (progress.best) {
    text += fmt::format(" | best {} {:.6g}: trial {}, {}", metric, progress.best_score,
                        progress.best->value(), progress.best_architecture);
  }
  return text;
}

ProgressDisplay::ProgressDisplay(std::string metric)
    : metric_(std::move(metric)), columns_(terminal_columns()) {}

ProgressDisplay::~ProgressDisplay() {
  clear();
}

void ProgressDisplay::show(const runtime::SearchProgress& progress) {
  const auto now = Clock::now();
  const std::string text =
      progress_text(progress, metric_, std::chrono::duration_cast<std::chrono::seconds>(now - started_));
  if (columns_) {
    // The last column stays free: some terminals go to the next line when it is filled.
    write(clear_line + cut(text, *columns_ - 1));
    drawn_ = true;
    return;
  }
  // A log is told of a change of phase at once, and of the rest now and then.
  const int phase = progress.selecting ? 1 : progress.retraining ? 2 : 0;
  const bool new_phase = phase > std::exchange(phase_, phase);
  const bool due = progress.workers > 0 && now - logged_.value_or(started_) >= log_interval;
  if ((!new_phase && !due) || text == last_) return;
  logged_ = now;
  last_ = text;
  write(text + "\n");
}

void ProgressDisplay::message(const std::string& text) {
  clear();
  write("rondo: " + text + "\n");
}

void ProgressDisplay::clear() {
  if (std::exchange(drawn_, false)) write(clear_line);
}

}  // namespace rondo::cli
