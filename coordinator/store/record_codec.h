// One record of the schedule as the canonical bytes of a rondo.proto.Record, and back.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/schedule/record.h"

namespace rondo::store {

[[nodiscard]] std::string encode(const schedule::Record& record);

// Throws Error(corrupt) when the bytes are not canonical or no record looks like that. A record does not say
// whether its proposal was too large (the trial's end does), nor its multiply-adds: `too_large` is false and
// `multiply_adds` 0 here.
[[nodiscard]] schedule::Record decode(std::string_view bytes);

// One line for people and messages: "tick 12, trial 3, epoch 2 reported".
[[nodiscard]] std::string describe(const schedule::Record& record);

// "completed", "diverged", "too_large", "cut".
[[nodiscard]] std::string outcome_name(schedule::Outcome outcome);

}  // namespace rondo::store
