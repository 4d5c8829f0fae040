#include "coordinator/search/ensemble.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/metrics/metrics.h"
#include "common/numerics/floating_point_mode.h"
#include "common/random/draws.h"
#include "common/random/seeds.h"
#include "coordinator/search/leaderboard.h"

namespace rondo::search {

namespace {

static_assert(std::endian::native == std::endian::little, "a big-endian host needs byte swaps here");

// Number i of a candidate's predictions.
double prediction(const Candidate& candidate, bool values, std::size_t i) {
  if (values) {
    double value = 0;
    std::memcpy(&value, candidate.predictions.data() + i * sizeof value, sizeof value);
    return value;
  }
  float probability = 0;
  std::memcpy(&probability, candidate.predictions.data() + i * sizeof probability, sizeof probability);
  return static_cast<double>(probability);
}

// Judges means of candidates by some of the validation rows.
class Panel {
 public:
  Panel(const ValidationTruth& truth, std::span<const std::uint32_t> rows)
      : truth_(truth), rows_(rows), width_(std::max<std::size_t>(truth.columns, 1)) {
    for (const std::uint32_t row : rows) {
      if (truth.columns > 0) {
        classes_.push_back(truth.classes[row]);
      } else {
        values_.push_back(truth.values[row]);
      }
    }
    clear();
  }

  void clear() {
    sums_.assign(rows_.size() * width_, 0.0);
    count_ = 0;
  }
  void add(const Candidate& candidate) {
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += at(candidate, i);
    ++count_;
  }
  // Of the mean of all that were added.
  [[nodiscard]] double score() {
    return score_of(count_, [this](std::size_t i) { return sums_[i]; });
  }
  // The same if this one were added.
  [[nodiscard]] double score_with(const Candidate& candidate) {
    return score_of(count_ + 1, [&](std::size_t i) { return sums_[i] + at(candidate, i); });
  }
  [[nodiscard]] double score_alone(const Candidate& candidate) {
    return score_of(1, [&](std::size_t i) { return at(candidate, i); });
  }

 private:
  [[nodiscard]] double at(const Candidate& candidate, std::size_t i) const {
    return prediction(candidate, truth_.columns == 0, rows_[i / width_] * width_ + i % width_);
  }

  template <typename Sum>
  [[nodiscard]] double score_of(std::uint64_t count, const Sum& sum) {
    const auto divisor = static_cast<double>(count);
    if (truth_.columns == 0) {
      mean_values_.resize(rows_.size());
      for (std::size_t i = 0; i < mean_values_.size(); ++i) mean_values_[i] = sum(i) / divisor;
      return metrics::score(truth_.metric, metrics::ValuePredictions{mean_values_, values_});
    }
    mean_probabilities_.resize(sums_.size());
    for (std::size_t i = 0; i < sums_.size(); ++i)
      mean_probabilities_[i] = static_cast<float>(sum(i) / divisor);
    return metrics::score(truth_.metric,
                          metrics::ClassPredictions{truth_.columns, mean_probabilities_, classes_});
  }

  const ValidationTruth& truth_;
  std::span<const std::uint32_t> rows_;
  std::size_t width_;  // predictions of a row
  std::vector<std::uint32_t> classes_;
  std::vector<double> values_;
  std::vector<double> sums_;
  std::uint64_t count_ = 0;
  std::vector<float> mean_probabilities_;
  std::vector<double> mean_values_;
};

using Candidates = std::vector<const Candidate*>;

// The shortest beginning of the picks that no longer one is better than. Equal scores go to who stands first.
Candidates pick(const Candidates& candidates, std::uint32_t most, bool higher, Panel& panel) {
  Candidates picks;
  std::size_t kept = 0;
  double kept_score = 0;
  panel.clear();
  while (picks.size() < most) {
    const Candidate* best = nullptr;
    double best_score = 0;
    for (const Candidate* const candidate : candidates) {
      const double score = panel.score_with(*candidate);
      if (best != nullptr && !scores_better(score, best_score, higher)) continue;
      best = candidate;
      best_score = score;
    }
    panel.add(*best);
    picks.push_back(best);
    if (kept > 0 && !scores_better(best_score, kept_score, higher)) continue;
    kept = picks.size();
    kept_score = best_score;
  }
  picks.resize(kept);
  return picks;
}

// The two halves of the validation rows.
struct Panels {
  Panel selection;
  Panel held_out;
};

// What a rule comes to that sees the selection's rows alone.
proto::Contender judge(proto::ContenderKind kind, const Candidates& networks, Panels& panels) {
  proto::Contender contender;
  contender.set_kind(kind);
  contender.set_networks(static_cast<std::uint32_t>(std::set(networks.begin(), networks.end()).size()));
  for (Panel* const panel : {&panels.selection, &panels.held_out}) {
    panel->clear();
    for (const Candidate* const one : networks) panel->add(*one);
  }
  contender.set_selection_score(panels.selection.score());
  contender.set_held_out_score(panels.held_out.score());
  return contender;
}

void judge_rules(std::span<const Candidate> candidates, std::uint32_t ensemble, bool higher, Panels& panels,
                 proto::Selection& selection) {
  // The leaderboard has seen the held-out rows: its order must not decide between equals.
  Candidates by_id;
  for (const Candidate& candidate : candidates) by_id.push_back(&candidate);
  std::ranges::sort(by_id, {}, &Candidate::trial);
  Candidates best = by_id;
  std::map<TrialId, double> scores;
  for (const proto::Candidate& one : selection.candidates()) {
    scores.emplace(TrialId(one.trial()), one.selection_score());
  }
  std::ranges::stable_sort(best, [&](const Candidate* a, const Candidate* b) {
    return scores_better(scores.at(a->trial), scores.at(b->trial), higher);
  });
  best.resize(std::min<std::size_t>(best.size(), ensemble));
  *selection.add_contenders() = judge(proto::CONTENDER_KIND_WINNER, {best.front()}, panels);
  *selection.add_contenders() = judge(proto::CONTENDER_KIND_MEAN, best, panels);
  *selection.add_contenders() =
      judge(proto::CONTENDER_KIND_SELECTION, pick(by_id, ensemble, higher, panels.selection), panels);
  // Without a difference what is kept is what would be without this rule.
  const proto::Contender* kept = &selection.contenders(1);
  for (const proto::Contender& contender : selection.contenders()) {
    if (scores_better(contender.held_out_score(), kept->held_out_score(), higher)) kept = &contender;
  }
  selection.set_shipped(kept->kind());
}

}  // namespace

std::vector<TrialId> candidate_trials(std::span<const TrialId> ranking,
                                      const proto::FinalSettings& settings) {
  const std::size_t most = std::max(settings.candidates(), settings.ensemble());
  return {ranking.begin(), ranking.begin() + static_cast<std::ptrdiff_t>(std::min(ranking.size(), most))};
}

std::uint64_t predictions_size(std::uint64_t rows, std::uint64_t columns) {
  return columns > 0 ? rows * columns * sizeof(float) : rows * sizeof(double);
}

HeldOut hold_out(const ValidationTruth& truth, MasterSeed seed) {
  const random::Key key = random::derive_key(seed, random::Domain::final_training);
  std::vector<std::uint32_t> order = random::permutation(random::Draws(key, random::Stream::ensemble),
                                                         static_cast<std::uint32_t>(truth.rows()));
  if (truth.columns > 0) std::ranges::stable_sort(order, {}, [&](auto row) { return truth.classes[row]; });
  HeldOut halves;
  for (std::size_t place = 0; place < order.size(); ++place) {
    (place % 2 == 0 ? halves.selection : halves.held_out).push_back(order[place]);
  }
  std::ranges::sort(halves.selection);
  std::ranges::sort(halves.held_out);
  return halves;
}

proto::Selection select_ensemble(const ValidationTruth& truth, MasterSeed seed,
                                 std::span<const Candidate> candidates, std::uint32_t ensemble) {
  RONDO_CHECK(!candidates.empty() && ensemble > 0);
  numerics::set_floating_point_mode();  // it may run on a thread of its own
  const std::uint64_t size = predictions_size(truth.rows(), truth.columns);
  for (const Candidate& candidate : candidates) {
    RONDO_CHECK(candidate.predictions.size() == size, "trial {}: {} bytes instead of {}",
                candidate.trial.value(), candidate.predictions.size(), size);
  }
  const bool higher = metrics::higher_is_better(truth.metric);
  const HeldOut halves = hold_out(truth, seed);
  Panels panels{Panel(truth, halves.selection), Panel(truth, halves.held_out)};
  proto::Selection selection;
  selection.set_selection_rows(halves.selection.size());
  selection.set_held_out_rows(halves.held_out.size());
  for (const Candidate& candidate : candidates) {
    proto::Candidate& row = *selection.add_candidates();
    row.set_trial(candidate.trial.value());
    row.set_predictions_digest(to_bytes(sha256(candidate.predictions)));
    row.set_selection_score(panels.selection.score_alone(candidate));
    row.set_held_out_score(panels.held_out.score_alone(candidate));
  }
  judge_rules(candidates, ensemble, higher, panels, selection);
  // The rule that is kept sees all rows, as the leaderboard does.
  std::vector<std::uint32_t> all(truth.rows());
  std::iota(all.begin(), all.end(), 0U);
  Panel panel(truth, all);
  Candidates ranked;
  for (const Candidate& candidate : candidates) ranked.push_back(&candidate);
  for (const Candidate* const one : pick(ranked, ensemble, higher, panel))
    selection.add_picks(one->trial.value());
  return selection;
}

std::map<TrialId, std::uint32_t> shipped_weights(const proto::Selection& selection) {
  std::map<TrialId, std::uint32_t> weights;
  if (selection.shipped() != proto::CONTENDER_KIND_SELECTION) return weights;
  for (const std::uint64_t trial : selection.picks()) ++weights[TrialId(trial)];
  return weights;
}

Shipped shipped_trials(const proto::Selection& selection, std::span<const TrialId> ranking,
                       std::uint32_t ensemble) {
  const std::map<TrialId, std::uint32_t> picked = shipped_weights(selection);
  Shipped shipped{{ranking.begin(), ranking.end()}, 1};
  if (!picked.empty()) {
    std::stable_partition(shipped.trials.begin(), shipped.trials.end(),
                          [&](TrialId trial) { return picked.contains(trial); });
    shipped.wanted = picked.size();
  } else if (selection.shipped() == proto::CONTENDER_KIND_MEAN) {
    shipped.wanted = ensemble;
  }
  return shipped;
}

}  // namespace rondo::search
