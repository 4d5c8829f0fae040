// What follows a finished search: its best trials trained again on training and validation rows, each for the
// number of epochs that was its best. Which trials follows from the journal alone; which ranks do it, in what
// order and how often, doesn't matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/runtime/errands.h"
#include "coordinator/search/history.h"
#include "rondo/journal.pb.h"
#include "rondo/message.pb.h"
#include "rondo/model.pb.h"

namespace rondo::runtime {

class Retraining {
 public:
  // `ranking`: completed trials, best first. A retraining that diverges gives no network: then one more of
  // the ranking takes part, so that the first `wanted` that train to their end are kept, or as many as there
  // are. wanted ≥ 1. `weights`: how often each counts, 1 where none is stated; empty: all count once, and the
  // model has no weights. The history must outlive this.
  Retraining(const search::History& history, const std::vector<TrialId>& ranking, std::size_t wanted,
             std::uint32_t most_failures, std::map<TrialId, std::uint32_t> weights = {});

  [[nodiscard]] const Errands& errands() const { return errands_; }
  // What to give to a free rank now; nothing when all that is needed is under way or done.
  [[nodiscard]] std::optional<proto::Assign> assign();
  // The attempt came to nothing: its rank was lost, or it failed. It is to be given to another.
  void attempt_failed(std::uint64_t assignment, const std::string& why) {
    errands_.attempt_failed(assignment, why);
  }
  // Throws Error(corrupt) on what no worker sends.
  void report(const proto::TrialReport& report);

  // After over() and without a failure: all networks in one model, in the order of the ranking, canonical.
  // Empty when every retraining diverged.
  [[nodiscard]] std::string model() const;
  // The same moment: the networks and what was trained of each.
  [[nodiscard]] proto::FinalResult result() const;

 private:
  struct Place {
    TrialId trial;
    std::optional<double> train_loss;  // of the last epoch reported so far
    proto::Retrained result;
    proto::Model model;
  };

  [[nodiscard]] const proto::Model* first_model() const;
  [[nodiscard]] std::uint32_t weight_of(TrialId trial) const;

  const search::History& history_;
  std::vector<Place> places_;
  Errands errands_;
  std::map<TrialId, std::uint32_t> weights_;
};

}  // namespace rondo::runtime
