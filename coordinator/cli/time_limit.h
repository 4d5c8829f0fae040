// When a launch has to pause by itself: its own --time-limit, or the end of the Slurm job that it
// runs in. No result depends on either.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/runtime/driver.h"

namespace rondo::cli {

// "3h55m", "90s", "1d12h", "1h30m15s": whole numbers, each with d, h, m or s, in this order, each unit once;
// at least a second, at most 366 days. Throws Error(bad_input).
[[nodiscard]] std::chrono::seconds parse_duration(std::string_view text);

// What Slurm prints and takes as a time: "minutes", "m:s", "h:m:s", "d-h", "d-h:m", "d-h:m:s". Nothing for
// anything else: UNLIMITED, INVALID.
[[nodiscard]] std::optional<std::chrono::seconds> parse_slurm_time(std::string_view text);

// Time left of this process's Slurm job, from squeue. Nothing outside a job, without a limit, and when squeue
// does not answer within seconds: Slurm's signals then come without notice.
[[nodiscard]] std::optional<std::chrono::seconds> slurm_time_left();

// How long before the job's end a search pauses: a tenth of the time left, between 10 s and 60 s. Slurm looks
// at limits about every 30 s; leaving takes seconds.
[[nodiscard]] std::chrono::seconds pause_ahead(std::chrono::seconds left);

// The earlier of the two ends, counted from `started`; `limit` as --time-limit says it, empty: none.
[[nodiscard]] std::optional<runtime::PauseTime> pause_time(const std::string& limit,
                                                           std::optional<std::chrono::seconds> job_left,
                                                           std::chrono::steady_clock::time_point started);

}  // namespace rondo::cli
