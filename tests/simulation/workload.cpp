#include "tests/simulation/workload.h"

#include <limits>

#include "tests/simulation/chance.h"
#include "tests/simulation/networks.h"

namespace rondo::simulation {

namespace {

// Of StopperKind::patience.
constexpr std::uint32_t patience = 2;

// A few values only, so that losses and scores are equal now and then.
double small(std::uint64_t word) {
  return static_cast<double>(word % 16) / 16;
}

template <class Bytes>
Bytes bytes_of(std::uint64_t word) {
  Bytes bytes{};
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    bytes[index] = static_cast<std::uint8_t>(mix(word, index) & 0xffU);
  }
  return bytes;
}

schedule::EpochResult epoch_result(std::uint64_t trial, std::uint32_t epoch) {
  const std::uint64_t word = mix(trial, epoch);
  schedule::EpochResult result;
  result.epoch = Epoch(epoch);
  result.train_loss = small(mix(word, 1));
  result.validation_loss = small(mix(word, 2));
  result.score = small(mix(word, 3));
  result.fingerprint = bytes_of<Fingerprint>(word);
  return result;
}

}  // namespace

Workload::Workload(const WorkloadOptions& options)
    : options_(options), proposer_(make_proposer(options)), stopper_(make_stopper(options)) {}

schedule::Options Workload::core_options(std::uint64_t trials) const {
  schedule::Options result;
  result.lanes = options_.lanes;
  result.trials = trials;
  if (options_.last_tick > 0) result.last_tick = Tick(options_.last_tick);
  result.epochs = Epoch(options_.epochs);
  result.trials_ahead = options_.trials_ahead;
  result.second_copies = options_.second_copies;
  return result;
}

Truth Workload::truth(TrialId trial, const std::string& architecture) const {
  const std::uint64_t facts = hash_bytes(mix(options_.seed, trial.value()), architecture);
  const bool diverges = mix(facts, 1) % 100 < options_.diverge;
  const bool patient = options_.stopper == StopperKind::patience;
  const bool stops = diverges || (!patient && mix(facts, 2) % 100 < options_.early_stop);
  auto last = stops ? 1 + static_cast<std::uint32_t>(mix(facts, 3) % options_.epochs) : options_.epochs;

  Truth truth;
  bool ends_diverged = false;
  for (std::uint32_t epoch = 1; epoch <= last; ++epoch) {
    truth.epochs.push_back(epoch_result(facts, epoch));
    const schedule::EpochResult& result = truth.epochs.back();
    ends_diverged = diverges && epoch == last;
    if (ends_diverged) break;
    if (truth.end.best_epoch == Epoch(0) || result.validation_loss < truth.end.best_validation_loss) {
      truth.end.best_epoch = result.epoch;
      truth.end.best_score = result.score;
      truth.end.best_validation_loss = result.validation_loss;
    }
    if (patient && epoch - truth.end.best_epoch.value() == patience) last = epoch;
  }
  truth.end.epochs = Epoch(last);
  if (ends_diverged) {
    truth.end.outcome = schedule::Outcome::diverged;
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    truth.epochs.back() = {Epoch(last), nan, nan, nan, {}};
  }
  truth.end.has_weights = truth.end.best_epoch > Epoch(0);
  if (truth.end.has_weights) truth.end.weights_digest = bytes_of<Digest>(mix(facts, 4));
  return truth;
}

}  // namespace rondo::simulation
