#include "coordinator/runtime/retraining.h"

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"

namespace rondo::runtime {

namespace {

constexpr std::uint64_t first_assignment = std::uint64_t{1} << 63U;

}  // namespace

Retraining::Retraining(const search::History& history, const std::vector<TrialId>& ranking,
                       std::size_t wanted, std::uint32_t most_failures)
    : history_(history), wanted_(wanted), most_failures_(most_failures) {
  RONDO_CHECK(wanted > 0);
  for (const TrialId trial : ranking) {
    Place place;
    place.trial = trial;
    places_.push_back(std::move(place));
  }
}

bool Retraining::is_ours(std::uint64_t assignment) {
  return assignment >= first_assignment;
}

std::size_t Retraining::count(State state) const {
  return static_cast<std::size_t>(std::ranges::count(places_, state, &Place::state));
}

std::size_t Retraining::done() const {
  return count(State::done);
}

std::size_t Retraining::needed() const {
  return std::min(wanted_, places_.size() - count(State::diverged));
}

bool Retraining::over() const {
  return failed_ || done() == needed();
}

std::optional<proto::Assign> Retraining::assign() {
  if (failed_) return std::nullopt;
  std::size_t taking_part = 0;
  for (std::size_t index = 0; index < places_.size() && taking_part < wanted_; ++index) {
    Place& place = places_[index];
    if (place.state != State::diverged) ++taking_part;
    if (place.state != State::waiting) continue;
    const search::TrialRecord& trial = history_.trial(place.trial);
    place.state = State::under_way;
    place.train_loss.reset();
    proto::Assign assign;
    assign.set_assignment(first_assignment + given_++);
    assign.set_trial(trial.id.value());
    *assign.mutable_architecture() = parse_architecture(trial.proposal.architecture);
    assign.set_first_epoch(1);
    assign.set_last_epoch(trial.best_epoch.value());
    assign.set_final(true);
    under_way_.emplace(assign.assignment(), index);
    return assign;
  }
  return std::nullopt;
}

void Retraining::attempt_failed(std::uint64_t assignment, const std::string& why) {
  const auto found = under_way_.find(assignment);
  if (found == under_way_.end()) return;
  Place& place = places_[found->second];
  under_way_.erase(found);
  place.state = State::waiting;
  last_failure_ = why;
  if (++place.failures > most_failures_) failed_ = true;
}

void Retraining::report(const proto::TrialReport& report) {
  const auto found = under_way_.find(report.assignment());
  if (found == under_way_.end()) return;
  Place& place = places_[found->second];
  if (report.epochs_size() > 0) {
    place.train_loss = report.epochs(report.epochs_size() - 1).train_loss();
  }
  if (!report.segment_done()) return;
  if (!report.has_end() || !place.train_loss) {
    throw_corrupt("a retraining was reported as done without its end");
  }
  if (report.end().outcome() != proto::OUTCOME_COMPLETED) {
    under_way_.erase(found);
    place.state = State::diverged;
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
  under_way_.erase(found);
  place.state = State::done;
  place.model = std::move(model);
  place.result.set_trial(place.trial.value());
  place.result.set_epochs(report.end().epochs());
  place.result.set_validation_score(history_.trial(place.trial).best_score);
  place.result.set_train_loss(*place.train_loss);
  place.result.set_weights_digest(report.end().weights_digest());
}

const proto::Model* Retraining::first_model() const {
  for (const Place& place : places_) {
    if (place.state == State::done) return &place.model;
  }
  return nullptr;
}

std::string Retraining::model() const {
  const proto::Model* const first = first_model();
  if (first == nullptr) return {};
  proto::Model model = *first;
  model.clear_networks();
  for (const Place& place : places_) {
    if (place.state == State::done) *model.add_networks() = place.model.networks(0);
  }
  return canonical_serialize(model);
}

proto::FinalResult Retraining::result() const {
  RONDO_CHECK(over() && !failed_);
  proto::FinalResult result;
  for (const Place& place : places_) {
    if (place.state == State::done) *result.add_networks() = place.result;
  }
  return result;
}

}  // namespace rondo::runtime
