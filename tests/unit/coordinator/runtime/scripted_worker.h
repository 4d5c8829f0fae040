// A worker that trains nothing: its results are drawn from a hash of trial and epoch, as pure as real ones
// and thousands of times faster. It speaks the whole protocol, and fails in the ways that it is told to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "common/base/digest.h"
#include "common/transport/transport.h"
#include "rondo/message.pb.h"

namespace rondo::runtime::testing {

struct Script {
  std::function<void(proto::Hello&)> alter_hello;
  std::string load_failure;
  // Vanishes without a word after so many epochs.
  std::uint64_t dies_after_epochs = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t failing_attempts = 0;  // the first ones
  bool dies_in_retraining = false;
  bool retraining_diverges = false;           // of the trial that is asked for first
  bool lies = false;                          // its losses are its own
  bool lies_about_candidates = false;         // … when it trains for the ensemble alone
  bool forgets_predictions = false;           // of the ensemble's candidates
  std::uint64_t report_every = 1;             // epochs in a report
  std::uint64_t most_sleep_microseconds = 0;  // after an epoch; drawn from sleep_seed
  std::uint64_t sleep_seed = 0;
};

// What the workers of a test did, counted over all of them.
struct Tally {
  std::atomic<std::uint64_t> epochs{0};
  std::atomic<std::uint64_t> from_checkpoint{0};
  std::atomic<std::uint64_t> bad_checkpoints{0};
  std::atomic<std::uint64_t> retrainings{0};
  std::atomic<std::uint64_t> candidates{0};
};

// Each of two classes; a candidate says one probability of each.
inline constexpr std::uint32_t scripted_validation_rows = 40;

[[nodiscard]] Digest scripted_numerics();
// Epochs after which the trial ends, at most `most`.
[[nodiscard]] std::uint32_t scripted_length(std::uint64_t trial, std::uint32_t most);

// Until it is told to leave, dies by its script, or hears nothing for half a minute.
void work(transport::Transport& transport, const Script& script, Tally& tally);

}  // namespace rondo::runtime::testing
