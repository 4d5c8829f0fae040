// Results between the schedule's structs and the messages of wire, journal and cache. A fingerprint of zeros
// (a diverged epoch) is an empty field, and so is the digest of weights that are not there.
#pragma once

#include <vector>

#include "coordinator/schedule/record.h"
#include "rondo/journal.pb.h"
#include "rondo/message.pb.h"

namespace rondo::store {

[[nodiscard]] proto::EpochResult to_proto(const schedule::EpochResult& result);
[[nodiscard]] proto::TrialEnd to_proto(const schedule::TrialEnd& end);

// Throw Error(corrupt) on what no worker sends: epoch 0, a digest of a wrong length, an unknown outcome.
[[nodiscard]] schedule::EpochResult from_proto(const proto::EpochResult& result);
[[nodiscard]] schedule::TrialEnd from_proto(const proto::TrialEnd& end);
// The epochs of a report. Throws Error(corrupt) unless they ascend without gaps.
[[nodiscard]] std::vector<schedule::EpochResult> epochs_from_proto(const proto::TrialReport& report);

[[nodiscard]] proto::Outcome to_proto(schedule::Outcome outcome);
[[nodiscard]] schedule::Outcome from_proto(proto::Outcome outcome);

}  // namespace rondo::store
