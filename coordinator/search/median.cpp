#include "coordinator/search/median.h"

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "common/base/check.h"

namespace rondo::search {

namespace {

// A NaN is worse than every number, and no better than another NaN.
bool is_better(double a, double b, bool higher_is_better) {
  if (a != a) return false;
  if (b != b) return true;
  return higher_is_better ? a > b : a < b;
}

}  // namespace

class Median::Board {
 public:
  Board(std::uint64_t startup, bool higher_is_better)
      : startup_(startup), higher_is_better_(higher_is_better) {}

  void catch_up(const History& history) {
    for (; seen_ < history.pauses().size(); ++seen_) {
      const Pause& pause = history.pauses()[seen_];
      see_ends(history, pause.ended);
      std::vector<Pause>& rung = rungs_[pause.epoch];
      if (goes_on(pause, rung)) going_.push_back(pause);
      rung.push_back(pause);
    }
  }

  [[nodiscard]] std::optional<TrialId> promotable(const History& history) {
    for (; !going_.empty(); going_.pop_front()) {
      const TrialRecord& trial = history.trial(going_.front().trial);
      if (trial.state == TrialState::paused && trial.rung == going_.front().epoch) return trial.id;
    }
    return std::nullopt;
  }

 private:
  // The trials that had completed when so many had ended.
  void see_ends(const History& history, std::uint64_t ended) {
    if (completed_.size() < history.size()) completed_.resize(history.size());
    for (; ends_seen_ < ended; ++ends_seen_) {
      const TrialId id = history.ended()[ends_seen_];
      completed_[id.value()] = history.trial(id).state == TrialState::completed;
    }
  }

  [[nodiscard]] bool goes_on(const Pause& pause, const std::vector<Pause>& rung) const {
    std::uint64_t compared = 0;
    std::uint64_t better = 0;
    for (const Pause& other : rung) {
      if (!completed_[other.trial.value()]) continue;
      ++compared;
      if (is_better(other.best_score, pause.best_score, higher_is_better_)) ++better;
    }
    return compared < startup_ || 2 * better <= compared;
  }

  std::uint64_t startup_;
  bool higher_is_better_;
  std::map<Epoch, std::vector<Pause>> rungs_;
  std::deque<Pause> going_;      // judged well, and not seen running since
  std::vector<bool> completed_;  // by trial id, as of ends_seen_
  std::uint64_t ends_seen_ = 0;
  std::size_t seen_ = 0;  // of the history's pauses
};

Median::Median(const proto::MedianSettings& settings, Epoch epochs, bool higher_is_better)
    : startup_(settings.startup_trials()),
      warmup_(settings.warmup_epochs()),
      interval_(settings.interval()),
      epochs_(epochs),
      higher_is_better_(higher_is_better) {
  RONDO_CHECK(startup_ >= 1 && warmup_ >= 1 && interval_ >= 1, "{}, {}, {}", startup_, warmup_, interval_);
}

Median::~Median() = default;

std::optional<Epoch> Median::next_rung(TrialId, Epoch after) const {
  const std::uint64_t passed = after.value() < warmup_ ? 0 : (after.value() - warmup_) / interval_ + 1;
  const std::uint64_t rung = warmup_ + passed * interval_;
  if (rung >= epochs_.value()) return std::nullopt;
  return Epoch(static_cast<std::uint32_t>(rung));
}

std::optional<TrialId> Median::promote(const History& history) const {
  Board& board = kept_.of(history, [this] { return Board(startup_, higher_is_better_); });
  board.catch_up(history);
  return board.promotable(history);
}

bool Median::may_promote_later(const History&) const {
  return false;
}

}  // namespace rondo::search
