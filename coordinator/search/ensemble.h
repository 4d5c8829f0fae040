// Which trials' networks a search keeps when its experiment asks for greedy selection (Caruana,
// Niculescu-Mizil, Crew, Ksikes: "Ensemble Selection from Libraries of Models", ICML 2004). ENSEMBLE.md
// states the rule; this is its arithmetic, and knows nothing of ranks and files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"

namespace rondo::search {

// What the validation rows are in truth, in the order in which candidates predict them.
struct ValidationTruth {
  proto::Metric metric = proto::METRIC_AUTO;  // resolved; fits what follows
  std::size_t columns = 0;                    // probabilities of a row, 1 of two classes; 0: values
  std::vector<std::uint32_t> classes;         // of every row, unless columns = 0
  std::vector<double> values;                 // of every row, if columns = 0

  [[nodiscard]] std::size_t rows() const { return columns > 0 ? classes.size() : values.size(); }
};

// Bytes of a candidate's predictions: f32 for probabilities, f64 for values.
[[nodiscard]] std::uint64_t predictions_size(std::uint64_t rows, std::uint64_t columns);

// Rows that greedy selection sees, and those that judge it; numbers of rows, ascending in each.
struct HeldOut {
  std::vector<std::uint32_t> selection;
  std::vector<std::uint32_t> held_out;
};
// Halves, of each class too; the odd row is for the selection. Drawn from the seed.
[[nodiscard]] HeldOut hold_out(const ValidationTruth& truth, MasterSeed seed);

// The trials that can be picked: the best of all ranked ones, best first.
[[nodiscard]] std::vector<TrialId> candidate_trials(std::span<const TrialId> ranking,
                                                    const proto::FinalSettings& settings);

struct Candidate {
  TrialId trial;
  std::string predictions;  // predictions_size() bytes, as worker/train/README.md lays them out
};

// `candidates`: the best trials, best first, at least one; `ensemble`: how many of them the mean takes, and
// how often is picked, at least 1. The message of final.rondo: what the three rules score where they saw half
// of the rows, which of them is kept, and what greedy selection picks by all rows.
[[nodiscard]] proto::Selection select_ensemble(const ValidationTruth& truth, MasterSeed seed,
                                               std::span<const Candidate> candidates, std::uint32_t ensemble);

// How often each trial counts, if the selection is what is kept. Empty: it is not, and all count once.
[[nodiscard]] std::map<TrialId, std::uint32_t> shipped_weights(const proto::Selection& selection);

// The ranked trials in the order in which they are to be trained again, and how many of them are wanted.
struct Shipped {
  std::vector<TrialId> trials;
  std::size_t wanted = 1;
};
// `ranking`: all ranked trials, best first. Those picked come first, in its order.
[[nodiscard]] Shipped shipped_trials(const proto::Selection& selection, std::span<const TrialId> ranking,
                                     std::uint32_t ensemble);

}  // namespace rondo::search
