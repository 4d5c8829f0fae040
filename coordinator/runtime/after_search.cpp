// The coordinator's part that begins when the search is over: the ensemble's selection, the retraining, the
// model.
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "common/metrics/metrics.h"
#include "coordinator/runtime/coordinator.h"
#include "coordinator/search/leaderboard.h"
#include "coordinator/store/extension.h"
#include "coordinator/store/final.h"

namespace rondo::runtime {

// What takes a while is done on another thread: the ranks hear from us meanwhile.
template <typename Work>
auto Coordinator::beside_the_line(const Work& work) {
  auto result = std::async(std::launch::async, work);
  while (result.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready) turn();
  return result.get();
}

void Coordinator::begin_final() {
  sync();
  store::Journal& journal = folder_.journal();
  if (journal.expected() > 0) {
    throw Error(ErrorCode::differs, fmt::format("{} goes on for {} records after the search's end",
                                                folder_.paths().journal(), journal.expected()));
  }
  final_result_ = store::read_final(files_, folder_.paths(), journal.head(), journal.count());
  if (final_result_) return;
  const bool higher = metrics::higher_is_better(options_.experiment.data().metric());
  ranking_ = search::leaderboard(core_.history(), higher);
  if (options_.experiment.final().ensemble_rule() == proto::ENSEMBLE_RULE_GREEDY && !ranking_.empty()) {
    begin_candidates();
  } else {
    begin_retraining({ranking_, options_.experiment.final().ensemble()}, {});
  }
}

void Coordinator::begin_candidates() {
  truth_ = beside_the_line([&] { return callbacks_.validation_truth(); });
  // What the journal holds is what a candidate must come to again.
  const std::vector<schedule::KeptResult> results = beside_the_line([&] {
    return store::committed_results(store::read_journal(files_, folder_.paths().journal()).records);
  });
  if (stopped_) return;
  candidates_.emplace(core_.history(), search::candidate_trials(ranking_, options_.experiment.final()),
                      results, search::predictions_size(truth_.rows(), truth_.columns),
                      options_.schedule.max_infrastructure_failures);
  tell_progress(true);
}

void Coordinator::finish_candidates() {
  if (gave_up(candidates_->errands(), "training of a candidate for the ensemble")) return;
  const std::vector<search::Candidate> candidates = candidates_->take();
  const std::uint32_t most = options_.experiment.final().ensemble();
  const MasterSeed seed(options_.experiment.search().seed());
  selection_ = beside_the_line([&] { return search::select_ensemble(truth_, seed, candidates, most); });
  if (stopped_) return;
  candidates_.reset();
  begin_retraining(search::shipped_trials(*selection_, ranking_, most), search::shipped_weights(*selection_));
}

void Coordinator::begin_retraining(const search::Shipped& shipped, std::map<TrialId, std::uint32_t> weights) {
  retraining_.emplace(core_.history(), shipped.trials, shipped.wanted,
                      options_.schedule.max_infrastructure_failures, std::move(weights));
  tell_progress(true);
}

bool Coordinator::gave_up(const Errands& errands, const char* what) {
  if (errands.failed()) {
    stop(ExitCode::paused,
         fmt::format("the {} failed {} times, the last time: {}", what,
                     options_.schedule.max_infrastructure_failures + 1, errands.last_failure()));
  }
  return errands.failed();
}

void Coordinator::finish_retraining() {
  if (gave_up(retraining_->errands(), "retraining of a trial")) return;
  const std::string model = retraining_->model();
  if (model.empty()) {
    message_ = "no trial completed, so there is no winner and no model";
    return;
  }
  proto::FinalResult result = retraining_->result();
  if (selection_) *result.mutable_selection() = *selection_;
  if (callbacks_.evaluate) {
    for (proto::NamedValue& metric : beside_the_line([&] { return callbacks_.evaluate(model); }))
      *result.add_test_metrics() = std::move(metric);
  }
  if (stopped_) return;
  result.set_model_digest(to_bytes(sha256(model)));
  result.set_journal_records(folder_.journal().count());
  store::write_final(files_, folder_.paths(), folder_.journal().head(), result, model);
  final_result_ = std::move(result);
}

bool Coordinator::final_step() {
  if (core_.finished() && !candidates_ && !retraining_) begin_final();
  if (candidates_ && !stopped_ && candidates_->errands().over()) finish_candidates();
  if (retraining_ && !stopped_ && retraining_->errands().over()) {
    finish_retraining();
    return true;
  }
  return final_result_ || stopped_;
}

// --- its ranks

void Coordinator::assign_errands() {
  if (!candidates_ && !retraining_) return;
  for (std::uint32_t index = 1; index < ranks_.end(); ++index) {
    const RankId rank(index);
    if (ranks_[rank].state != RankState::ready || ranks_[rank].assignment) continue;
    const auto assign = retraining_ ? retraining_->assign() : candidates_->assign();
    if (!assign) return;
    proto::ToWorker message;
    *message.mutable_assign() = *assign;
    set_assignment(rank, schedule::AssignmentId(assign->assignment()), TrialId(assign->trial()));
    ranks_.send(rank, message);
  }
}

void Coordinator::errand_report(RankId rank, const proto::TrialReport& report) {
  if (retraining_) {
    retraining_->report(report);
  } else if (candidates_) {
    if (const auto difference = candidates_->report(report)) {
      stop(ExitCode::differs, fmt::format("{}: {}; rondo replay tells which of the two is wrong",
                                          ranks_.name(rank), *difference));
    }
  }
}

void Coordinator::errand_failed(std::uint64_t assignment, const std::string& why) {
  if (candidates_) candidates_->attempt_failed(assignment, why);
  if (retraining_) retraining_->attempt_failed(assignment, why);
}

}  // namespace rondo::runtime
