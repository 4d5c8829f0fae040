// What follows a finished search: the winner trained again on training and validation rows, for the number of
// epochs that was best. Which trial it is follows from the journal alone; which rank does it, and how often,
// doesn't matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/search/history.h"
#include "rondo/journal.pb.h"
#include "rondo/message.pb.h"

namespace rondo::runtime {

class Retraining {
 public:
  // `ranking`: completed trials, best first. The history must outlive this.
  Retraining(const search::History& history, std::vector<TrialId> ranking, std::uint32_t most_failures);

  // Assignments of retrainings have numbers that the core never gives.
  [[nodiscard]] static bool is_ours(std::uint64_t assignment);

  // There is a result, or no trial is left that could give one, or it failed too often.
  [[nodiscard]] bool over() const { return result_ || next_ == ranking_.size() || failed_; }
  // What to give to a free rank now; nothing while it is under way or over.
  [[nodiscard]] std::optional<proto::Assign> assign();
  // The attempt came to nothing: its rank was lost, or it failed. It is to be given to another.
  void attempt_failed(std::uint64_t assignment, const std::string& why);
  // A retraining that diverges gives no model: then it is the turn of the next trial of the ranking. Throws
  // Error(corrupt) on what no worker sends.
  void report(const proto::TrialReport& report);

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] const std::string& last_failure() const { return last_failure_; }
  // Without the journal's number of records. Present after a success.
  [[nodiscard]] const std::optional<proto::FinalResult>& result() const { return result_; }
  [[nodiscard]] const std::string& model() const { return model_; }

 private:
  [[nodiscard]] const search::TrialRecord& trial() const { return history_.trial(ranking_[next_]); }

  const search::History& history_;
  std::vector<TrialId> ranking_;
  std::uint32_t most_failures_;
  std::size_t next_ = 0;
  std::uint64_t given_ = 0;
  std::optional<std::uint64_t> under_way_;
  std::optional<double> train_loss_;  // of the last epoch reported so far
  std::uint32_t failures_ = 0;
  bool failed_ = false;
  std::string last_failure_;
  std::optional<proto::FinalResult> result_;
  std::string model_;
};

}  // namespace rondo::runtime
