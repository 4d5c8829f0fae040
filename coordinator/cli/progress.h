// How a search is going, on standard error: one line that is redrawn on a terminal, plain lines now and then
// in a log.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "coordinator/runtime/driver.h"

namespace rondo::cli {

// Names the variable in which the launcher tells rank 0, whose standard error is a pipe to mpirun, how wide
// the terminal behind it is.
inline constexpr const char* terminal_variable = "RONDO_TERMINAL_COLUMNS";

// Columns of the terminal that standard error ends at; nothing when it is no terminal that can redraw a line.
[[nodiscard]] std::optional<std::size_t> terminal_columns();

// "12/20 trials (7 paused), 340 epochs, 3 s | 2 workers | best accuracy 0.9818: trial 7, 64 relu | adam 0.001
// | batch 32"
[[nodiscard]] std::string progress_text(const runtime::SearchProgress& progress, const std::string& metric,
                                        std::chrono::seconds elapsed);

class ProgressDisplay {
 public:
  explicit ProgressDisplay(std::string metric);
  ~ProgressDisplay();  // leaves no half line behind
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void show(const runtime::SearchProgress& progress);
  void message(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  void clear();

  std::string metric_;
  std::optional<std::size_t> columns_;
  Clock::time_point started_ = Clock::now();
  std::optional<Clock::time_point> logged_;
  std::string last_;
  int phase_ = 0;
  bool drawn_ = false;
};

}  // namespace rondo::cli
