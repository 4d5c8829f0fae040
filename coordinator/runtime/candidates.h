// What the ensemble's selection needs of a finished search: its best trials, each trained once more to its
// best epoch, for what its network predicts on the validation rows. Every epoch must be the journal's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/runtime/errands.h"
#include "coordinator/schedule/core.h"
#include "coordinator/search/ensemble.h"
#include "coordinator/search/history.h"
#include "rondo/message.pb.h"

namespace rondo::runtime {

class Candidates {
 public:
  // `trials`: ranked ones, best first. `results`: what the journal holds, of these at least. A trial's
  // predictions are so many bytes. The history must outlive this.
  Candidates(const search::History& history, const std::vector<TrialId>& trials,
             const std::vector<schedule::KeptResult>& results, std::uint64_t predictions_size,
             std::uint32_t most_failures);

  [[nodiscard]] const Errands& errands() const { return errands_; }
  // What to give to a free rank now; nothing when all are under way or done.
  [[nodiscard]] std::optional<proto::Assign> assign();
  void attempt_failed(std::uint64_t assignment, const std::string& why) {
    errands_.attempt_failed(assignment, why);
  }
  // What differs from the journal, if anything does. Throws Error(corrupt) on what no worker sends.
  [[nodiscard]] std::optional<std::string> report(const proto::TrialReport& report);

  // After over() and without a failure: in the order of the trials.
  [[nodiscard]] std::vector<search::Candidate> take();

 private:
  struct Place {
    TrialId trial;
    Epoch best_epoch;
    schedule::KeptResult journal;
    Epoch seen;  // the last epoch of the attempt that has been compared
    std::string predictions;
  };
  [[nodiscard]] static std::optional<std::string> compare(Place& place, const proto::TrialReport& report);

  const search::History& history_;
  std::uint64_t predictions_size_;
  std::vector<Place> places_;
  Errands errands_;
};

}  // namespace rondo::runtime
