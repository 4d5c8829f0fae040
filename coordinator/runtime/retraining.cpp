#include "coordinator/runtime/retraining.h"

#include <utility>

#include "common/architecture/architecture.h"
#include "common/base/digest.h"
#include "common/base/error.h"

namespace rondo::runtime {

namespace {

constexpr std::uint64_t first_assignment = std::uint64_t{1} << 63U;

}  // namespace

Retraining::Retraining(const search::History& history, std::vector<TrialId> ranking,
                       std::uint32_t most_failures)
    : history_(history), ranking_(std::move(ranking)), most_failures_(most_failures) {}

bool Retraining::is_ours(std::uint64_t assignment) {
  return assignment >= first_assignment;
}

std::optional<proto::Assign> Retraining::assign() {
  if (over() || under_way_) return std::nullopt;
  under_way_ = first_assignment + given_++;
  train_loss_.reset();
  proto::Assign assign;
  assign.set_assignment(*under_way_);
  assign.set_trial(trial().id.value());
  *assign.mutable_architecture() = parse_architecture(trial().proposal.architecture);
  assign.set_first_epoch(1);
  assign.set_last_epoch(trial().best_epoch.value());
  assign.set_final(true);
  return assign;
}

void Retraining::attempt_failed(std::uint64_t assignment, const std::string& why) {
  if (under_way_ != assignment) return;
  under_way_.reset();
  last_failure_ = why;
  if (++failures_ > most_failures_) failed_ = true;
}

void Retraining::report(const proto::TrialReport& report) {
  if (under_way_ != report.assignment()) return;
  if (report.epochs_size() > 0) train_loss_ = report.epochs(report.epochs_size() - 1).train_loss();
  if (!report.segment_done()) return;
  if (!report.has_end() || !train_loss_) throw_corrupt("a retraining was reported as done without its end");
  under_way_.reset();
  if (report.end().outcome() != proto::OUTCOME_COMPLETED) {
    ++next_;
    return;
  }
  if (report.model().empty()) throw_corrupt("a retraining was reported as done without its model");
  model_ = report.model();
  proto::FinalResult result;
  result.set_trial(trial().id.value());
  result.set_epochs(report.end().epochs());
  result.set_validation_score(trial().best_score);
  result.set_train_loss(*train_loss_);
  result.set_weights_digest(report.end().weights_digest());
  result.set_model_digest(to_bytes(sha256(model_)));
  *result.mutable_test_metrics() = report.test_metrics();
  result_ = std::move(result);
}

}  // namespace rondo::runtime
