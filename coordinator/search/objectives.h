// What trials are compared by when several things count, and who is beaten in none of them: Pareto dominance,
// fronts and crowding distance of K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, "A Fast and Elitist
// Multiobjective Genetic Algorithm: NSGA-II", IEEE Transactions on Evolutionary Computation 6(2), 2002.
// NSGA2.md defines them operation by operation.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "coordinator/search/history.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

// A ranked trial by its objectives; of all of them less is better.
struct Valued {
  TrialId id;
  double loss = 0;  // the score, negated if higher is better; NaN: none
  // Parameters, multiply-adds of a row, ticks; 0 where it is no objective.
  std::array<std::uint64_t, 3> costs{};
};

// What the epochs took that a ranked trial's best score is the best of: up to its end or its last rung.
[[nodiscard]] std::uint64_t ticks_taken(const TrialRecord& trial);

class Objectives {
 public:
  // Throws Error(bad_input) unless score is the first and no name stands twice.
  Objectives(const google::protobuf::RepeatedField<int>& names, bool higher_is_better);

  [[nodiscard]] bool several() const { return several_; }
  // `trial` must be ranked.
  [[nodiscard]] Valued value(const TrialRecord& trial) const;
  // All ranked trials, by id.
  [[nodiscard]] std::vector<Valued> values(const History& history) const;

 private:
  bool higher_is_better_;
  bool several_;
  std::array<bool, 3> counts_{};
};

// Whether `a` is no worse in every objective and better in one. A trial with a score dominates every trial
// whose score is NaN.
[[nodiscard]] bool dominates(const Valued& a, const Valued& b);

// Front 0 are those that nothing dominates; front k those that nothing but members of earlier fronts does.
// Members of a front stand in the order of loss, then the costs in turn, then id.
[[nodiscard]] std::vector<std::vector<Valued>> fronts_of(std::vector<Valued> trials);

// Of each member of a front, in its order: how far apart its neighbours are, summed over the objectives;
// infinite at the ends of one.
[[nodiscard]] std::vector<double> crowding_distances(const std::vector<Valued>& front);

// The best `most` trials: by front, then the greater crowding distance, then the smaller id.
[[nodiscard]] std::vector<TrialId> least_dominated(std::vector<Valued> trials, std::size_t most);

}  // namespace rondo::search
