#include "coordinator/search/hyperband.h"

#include <algorithm>
#include <set>

#include "common/base/check.h"
#include "coordinator/search/leaderboard.h"

namespace rondo::search {

std::vector<HyperbandBracket> hyperband_round(Epoch most_epochs, std::uint32_t reduction,
                                              std::uint32_t most_brackets) {
  RONDO_CHECK(most_epochs >= Epoch(1) && reduction >= 2 && most_brackets >= 1, "{}, {}, {}",
              most_epochs.value(), reduction, most_brackets);
  std::vector<std::uint64_t> powers{1};  // of η, up to η^s_max
  while (powers.size() < most_brackets && powers.back() * reduction <= most_epochs.value()) {
    powers.push_back(powers.back() * reduction);
  }
  std::vector<HyperbandBracket> round;
  for (std::size_t s = powers.size(); s-- > 0;) {
    const std::uint64_t trials = (powers.size() * powers[s] + s) / (s + 1);
    HyperbandBracket& bracket = round.emplace_back();
    for (std::size_t i = 0; i <= s; ++i) {
      const auto epochs = static_cast<std::uint32_t>(most_epochs.value() / powers[s - i]);
      bracket.push_back({trials / powers[i], Epoch(epochs)});
    }
  }
  return round;
}

// What trials were worth at the rungs, and which brackets have nothing to promote until something is
// committed of their trials.
class Hyperband::Board {
 public:
  explicit Board(bool higher_is_better) : higher_is_better_(higher_is_better) {}

  // `first_of` gives the first trial of a trial's bracket.
  template <class FirstOf>
  void catch_up(const History& history, FirstOf first_of) {
    for (; arrivals_.size() < history.size(); arrivals_.emplace_back()) {
      settled_.erase(first_of(TrialId(arrivals_.size())));
    }
    for (; seen_ < history.pauses().size(); ++seen_) {
      const Pause& pause = history.pauses()[seen_];
      arrivals_[pause.trial.value()].push_back(pause);
      settled_.erase(first_of(pause.trial));
    }
    for (; ends_seen_ < history.ended().size(); ++ends_seen_) {
      settled_.erase(first_of(history.ended()[ends_seen_]));
    }
  }

  // The first bracket that may still have something to promote begins with this trial.
  [[nodiscard]] TrialId first_open() const { return first_open_; }
  void close_up_to(TrialId next) {
    settled_.erase(first_open_);
    first_open_ = next;
  }
  // A bracket had nothing to promote, and nothing of it was committed since.
  [[nodiscard]] bool is_settled(TrialId first) const { return settled_.contains(first); }
  void settle(TrialId first) { settled_.insert(first); }

  struct Answer {
    std::optional<TrialId> promote;
    bool over = false;  // nothing of the bracket will ever be promoted again
  };
  [[nodiscard]] Answer ask(const History& history, const HyperbandBracket& bracket, TrialId first) const {
    if (history.size() < first.value() + bracket.front().trials) return {};
    std::vector<TrialId> members;
    for (std::uint64_t i = 0; i < bracket.front().trials; ++i) members.emplace_back(first.value() + i);
    for (std::size_t rung = 0; rung + 1 < bracket.size(); ++rung) {
      const Epoch epoch = bracket[rung].epochs;
      const bool full =
          std::ranges::all_of(members, [&](TrialId id) { return is_done_with(history.trial(id), epoch); });
      if (!full) return {};
      members = best_at(history, members, bracket[rung], bracket[rung + 1].trials);
      for (const TrialId id : members) {
        const TrialRecord& trial = history.trial(id);
        if (trial.state == TrialState::paused && trial.rung == epoch) return {id, false};
      }
    }
    return {std::nullopt, true};
  }

 private:
  // It waits there, went on from there, or ended, there or before.
  static bool is_done_with(const TrialRecord& trial, Epoch rung) {
    const bool ended = trial.state != TrialState::running && trial.state != TrialState::paused;
    return ended || trial.rung >= rung;
  }

  // Of those that paused at the rung, the best `most`, best first.
  [[nodiscard]] std::vector<TrialId> best_at(const History& history, const std::vector<TrialId>& members,
                                             const HyperbandRung& rung, std::uint64_t most) const {
    std::vector<Standing> standings;
    for (const TrialId id : members) {
      for (const Pause& pause : arrivals_[id.value()]) {
        if (pause.epoch != rung.epochs) continue;
        standings.push_back({pause.best_score, history.trial(id).proposal.parameters, id});
      }
    }
    std::ranges::sort(standings, [&](const Standing& a, const Standing& b) {
      return stands_before(a, b, higher_is_better_);
    });
    if (standings.size() > most) standings.resize(most);
    std::vector<TrialId> best;
    for (const Standing& standing : standings) best.push_back(standing.id);
    return best;
  }

  bool higher_is_better_;
  std::vector<std::vector<Pause>> arrivals_;  // by trial id
  std::size_t seen_ = 0;                      // of the history's pauses
  std::size_t ends_seen_ = 0;
  TrialId first_open_{0};
  std::set<TrialId> settled_;  // by their first trial
};

Hyperband::Hyperband(const proto::HyperbandSettings& settings, Epoch epochs, bool higher_is_better)
    : round_(hyperband_round(epochs, settings.reduction(), settings.brackets())),
      higher_is_better_(higher_is_better) {
  for (const HyperbandBracket& bracket : round_) trials_of_round_ += bracket.front().trials;
}

Hyperband::~Hyperband() = default;

Hyperband::Place Hyperband::place_of(TrialId id) const {
  std::uint64_t first = id.value() / trials_of_round_ * trials_of_round_;
  for (const HyperbandBracket& bracket : round_) {
    if (id.value() < first + bracket.front().trials) return {&bracket, TrialId(first)};
    first += bracket.front().trials;
  }
  RONDO_CHECK(false, "trial {}", id.value());
  return {};
}

std::optional<Epoch> Hyperband::next_rung(TrialId id, Epoch after) const {
  const HyperbandBracket& bracket = *place_of(id).bracket;
  // The last of a bracket's rungs is the end of training.
  for (std::size_t rung = 0; rung + 1 < bracket.size(); ++rung) {
    if (bracket[rung].epochs > after) return bracket[rung].epochs;
  }
  return std::nullopt;
}

std::optional<TrialId> Hyperband::promote(const History& history) const {
  Board& board = kept_.of(history, [this] { return Board(higher_is_better_); });
  board.catch_up(history, [this](TrialId id) { return place_of(id).first; });
  for (TrialId first = board.first_open(); first.value() < history.size();) {
    const HyperbandBracket& bracket = *place_of(first).bracket;
    const TrialId next(first.value() + bracket.front().trials);
    if (first == board.first_open() || !board.is_settled(first)) {
      const Board::Answer answer = board.ask(history, bracket, first);
      if (answer.promote) return answer.promote;
      board.settle(first);
      if (answer.over && first == board.first_open()) board.close_up_to(next);
    }
    first = next;
  }
  return std::nullopt;
}

// What runs may be the last that a rung waits for.
bool Hyperband::may_promote_later(const History& history) const {
  return history.running() > 0;
}

}  // namespace rondo::search
