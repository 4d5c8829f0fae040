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
#include "coordinator/search/history.h"
#include "rondo/journal.pb.h"
#include "rondo/message.pb.h"
#include "rondo/model.pb.h"

namespace rondo::runtime {

class Retraining {
 public:
  // `ranking`: completed trials, best first. A retraining that diverges gives no network: then one more of
  // the ranking takes part, so that the first `wanted` that train to their end are kept, or as many as there
  // are. The history must outlive this. wanted ≥ 1.
  Retraining(const search::History& history, const std::vector<TrialId>& ranking, std::size_t wanted,
             std::uint32_t most_failures);

  // Assignments of retrainings have numbers that the core never gives.
  [[nodiscard]] static bool is_ours(std::uint64_t assignment);

  // All are trained, or one failed too often.
  [[nodiscard]] bool over() const;
  // What to give to a free rank now; nothing when all that is needed is under way or done.
  [[nodiscard]] std::optional<proto::Assign> assign();
  // The attempt came to nothing: its rank was lost, or it failed. It is to be given to another.
  void attempt_failed(std::uint64_t assignment, const std::string& why);
  // Throws Error(corrupt) on what no worker sends.
  void report(const proto::TrialReport& report);

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] const std::string& last_failure() const { return last_failure_; }
  // Networks trained so far, and how many there will be as far as is known now.
  [[nodiscard]] std::size_t done() const;
  [[nodiscard]] std::size_t needed() const;

  // After over() and without a failure: all networks in one model, in the order of the ranking, canonical.
  // Empty when every retraining diverged.
  [[nodiscard]] std::string model() const;
  // The same moment: all but the test metrics, the digest of the model and the journal's number of records.
  [[nodiscard]] proto::FinalResult result() const;

 private:
  enum class State { waiting, under_way, done, diverged };
  struct Place {
    TrialId trial;
    State state = State::waiting;
    std::uint32_t failures = 0;
    std::optional<double> train_loss;  // of the last epoch reported so far
    proto::Retrained result;
    proto::Model model;
  };

  [[nodiscard]] std::size_t count(State state) const;
  [[nodiscard]] const proto::Model* first_model() const;

  const search::History& history_;
  std::vector<Place> places_;
  std::size_t wanted_;
  std::uint32_t most_failures_;
  std::uint64_t given_ = 0;
  std::map<std::uint64_t, std::size_t> under_way_;  // assignment → place
  bool failed_ = false;
  std::string last_failure_;
};

}  // namespace rondo::runtime
