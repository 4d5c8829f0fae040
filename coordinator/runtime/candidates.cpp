#include "coordinator/runtime/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "coordinator/store/result_codec.h"

namespace rondo::runtime {

Candidates::Candidates(const search::History& history, const std::vector<TrialId>& trials,
                       const std::vector<schedule::KeptResult>& results, std::uint64_t predictions_size,
                       std::uint32_t most_failures)
    : history_(history),
      predictions_size_(predictions_size),
      errands_(trials.size(), trials.size(), Errands::first_of_candidates, most_failures) {
  for (const TrialId trial : trials) {
    const auto found = std::ranges::find(results, trial, &schedule::KeptResult::trial);
    const Epoch best = history.trial(trial).best_epoch;
    RONDO_CHECK(found != results.end() && best > Epoch(0) && found->epochs.size() >= best.value(),
                "trial {} is ranked, and the journal does not hold its best epoch", trial.value());
    places_.push_back({trial, best, *found, {}, {}});
  }
}

std::optional<proto::Assign> Candidates::assign() {
  const auto given = errands_.give();
  if (!given) return std::nullopt;
  Place& place = places_[given->second];
  place.seen = Epoch(0);
  proto::Assign assign;
  assign.set_assignment(given->first);
  assign.set_trial(place.trial.value());
  *assign.mutable_architecture() = parse_architecture(history_.trial(place.trial).proposal.architecture);
  assign.set_first_epoch(1);
  assign.set_last_epoch(place.best_epoch.value());
  assign.set_candidate(true);
  return assign;
}

std::optional<std::string> Candidates::compare(Place& place, const proto::TrialReport& report) {
  const auto differs = [&](Epoch epoch, const char* what) {
    return fmt::format("trial {}, epoch {}: trained again for the ensemble its {} differ from the journal's",
                       place.trial.value(), epoch.value(), what);
  };
  for (const schedule::EpochResult& epoch : store::epochs_from_proto(report)) {
    if (epoch.epoch.value() != place.seen.value() + 1 || epoch.epoch > place.best_epoch) {
      throw_corrupt("a candidate's epoch {} was reported behind its epoch {} of {}", epoch.epoch.value(),
                    place.seen.value(), place.best_epoch.value());
    }
    place.seen = epoch.epoch;
    if (epoch != place.journal.epochs[place.seen.value() - 1]) return differs(epoch.epoch, "results");
  }
  if (!report.segment_done()) return std::nullopt;
  if (place.seen != place.best_epoch || !report.has_candidate()) {
    throw_corrupt("a candidate was reported as done after epoch {} of {}, {} predictions", place.seen.value(),
                  place.best_epoch.value(), report.has_candidate() ? "with" : "without");
  }
  const Digest weights = digest_from_bytes(report.candidate().weights_digest());
  const std::optional<schedule::TrialEnd>& end = place.journal.end;
  // A trial that waits at a rung, or was cut there, has no digest yet; its fingerprints have been compared.
  if (end && end->best_epoch == place.best_epoch && end->weights_digest != weights)
    return differs(place.best_epoch, "weights");
  return std::nullopt;
}

std::optional<std::string> Candidates::report(const proto::TrialReport& report) {
  const std::optional<std::size_t> index = errands_.find(report.assignment());
  if (!index) return std::nullopt;
  Place& place = places_[*index];
  if (auto difference = compare(place, report)) return difference;
  if (!report.segment_done()) return std::nullopt;
  if (report.candidate().values().size() != predictions_size_) {
    throw_corrupt("a candidate's predictions are {} bytes instead of {}", report.candidate().values().size(),
                  predictions_size_);
  }
  place.predictions = report.candidate().values();
  errands_.finish(report.assignment());
  return std::nullopt;
}

std::vector<search::Candidate> Candidates::take() {
  RONDO_CHECK(errands_.over() && !errands_.failed());
  std::vector<search::Candidate> candidates;
  for (Place& place : places_) candidates.push_back({place.trial, std::move(place.predictions)});
  return candidates;
}

}  // namespace rondo::runtime
