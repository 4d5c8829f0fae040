#include "coordinator/runtime/retraining.h"

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"

namespace rondo::runtime {

Retraining::Retraining(const search::History& history, const std::vector<TrialId>& ranking,
                       std::size_t wanted, std::uint32_t most_failures,
                       std::map<TrialId, std::uint32_t> weights)
    : history_(history),
      errands_(ranking.size(), wanted, Errands::first_of_retrainings, most_failures),
      weights_(std::move(weights)) {
  for (const TrialId trial : ranking) {
    Place place;
    place.trial = trial;
    places_.push_back(std::move(place));
  }
}

std::optional<proto::Assign> Retraining::assign() {
  const auto given = errands_.give();
  if (!given) return std::nullopt;
  Place& place = places_[given->second];
  place.train_loss.reset();
  const search::TrialRecord& trial = history_.trial(place.trial);
  proto::Assign assign;
  assign.set_assignment(given->first);
  assign.set_trial(trial.id.value());
  *assign.mutable_architecture() = parse_architecture(trial.proposal.architecture);
  assign.set_first_epoch(1);
  assign.set_last_epoch(trial.best_epoch.value());
  assign.set_final(true);
  return assign;
}

void Retraining::report(const proto::TrialReport& report) {
  const std::optional<std::size_t> index = errands_.find(report.assignment());
  if (!index) return;
  Place& place = places_[*index];
  if (report.epochs_size() > 0) {
    place.train_loss = report.epochs(report.epochs_size() - 1).train_loss();
  }
  if (!report.segment_done()) return;
  if (!report.has_end() || !place.train_loss) {
    throw_corrupt("a retraining was reported as done without its end");
  }
  if (report.end().outcome() != proto::OUTCOME_COMPLETED) {
    errands_.drop(report.assignment());
    return;
  }
  proto::Model model;
  parse_canonical(report.model(), model);
  if (model.networks_size() != 1 || model.networks(0).trial() != place.trial.value()) {
    throw_corrupt("a retraining was reported as done without its model");
  }
  const proto::Model* const first = first_model();
  if (first != nullptr &&
      canonical_serialize(first->preprocessing()) != canonical_serialize(model.preprocessing())) {
    throw_corrupt("a retraining was reported with another preprocessing than the ones before it");
  }
  errands_.finish(report.assignment());
  model.mutable_networks(0)->set_weight(weight_of(place.trial));
  place.model = std::move(model);
  place.result.set_trial(place.trial.value());
  place.result.set_epochs(report.end().epochs());
  place.result.set_validation_score(history_.trial(place.trial).best_score);
  place.result.set_train_loss(*place.train_loss);
  place.result.set_weights_digest(report.end().weights_digest());
  place.result.set_weight(weight_of(place.trial));
}

const proto::Model* Retraining::first_model() const {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (errands_.is_done(index)) return &places_[index].model;
  }
  return nullptr;
}

std::uint32_t Retraining::weight_of(TrialId trial) const {
  if (weights_.empty()) return 0;
  const auto found = weights_.find(trial);
  return found == weights_.end() ? 1 : found->second;
}

std::string Retraining::model() const {
  const proto::Model* const first = first_model();
  if (first == nullptr) return {};
  proto::Model model = *first;
  model.clear_networks();
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (errands_.is_done(index)) *model.add_networks() = places_[index].model.networks(0);
  }
  return canonical_serialize(model);
}

proto::FinalResult Retraining::result() const {
  RONDO_CHECK(errands_.over() && !errands_.failed());
  proto::FinalResult result;
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (errands_.is_done(index)) *result.add_networks() = places_[index].result;
  }
  return result;
}

}  // namespace rondo::runtime
