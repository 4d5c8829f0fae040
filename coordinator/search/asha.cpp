#include "coordinator/search/asha.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "common/base/check.h"

namespace rondo::search {

// Each rung split into its best 1/η and the rest, so that an arrival costs O(log n).
class Asha::Board {
 public:
  Board(const std::vector<Epoch>& epochs, std::uint64_t reduction, bool higher_is_better)
      : reduction_(reduction) {
    for (const Epoch epoch : epochs) rungs_.emplace_back(epoch, Before{higher_is_better});
  }

  void catch_up(const History& history) {
    for (; seen_ < history.pauses().size(); ++seen_) {
      const Pause& pause = history.pauses()[seen_];
      const auto rung = std::find_if(rungs_.begin(), rungs_.end(),
                                     [&](const Rung& one) { return one.epoch == pause.epoch; });
      RONDO_CHECK(rung != rungs_.end(), "trial {} paused after epoch {}", pause.trial.value(),
                  pause.epoch.value());
      const std::uint64_t parameters = history.trial(pause.trial).proposal.parameters;
      enter(*rung, {pause.best_score, parameters, pause.trial});
    }
  }

  [[nodiscard]] std::optional<TrialId> promotable(const History& history) {
    for (auto rung = rungs_.rbegin(); rung != rungs_.rend(); ++rung) {
      while (!rung->open.empty()) {
        const TrialId best = rung->open.begin()->id;
        const TrialRecord& trial = history.trial(best);
        if (trial.state == TrialState::paused && trial.rung == rung->epoch) return best;
        rung->open.erase(rung->open.begin());  // promoted before, or cut
      }
    }
    return std::nullopt;
  }

 private:
  struct Before {
    bool higher_is_better;
    bool operator()(const Standing& a, const Standing& b) const {
      return stands_before(a, b, higher_is_better);
    }
  };
  using Standings = std::set<Standing, Before>;
  struct Rung {
    Rung(Epoch at, Before before) : epoch(at), top(before), rest(before), open(before) {}
    Epoch epoch;
    Standings top;   // the best ⌊n/η⌋ of the n that arrived
    Standings rest;  // the others
    Standings open;  // those of `top` that may still wait here
  };

  void enter(Rung& rung, const Standing& standing) const {
    rung.rest.insert(standing);
    const std::uint64_t places = (rung.top.size() + rung.rest.size()) / reduction_;
    raise(rung);
    if (rung.top.size() <= places) return;
    const auto worst = std::prev(rung.top.end());
    rung.open.erase(*worst);
    rung.rest.insert(rung.top.extract(worst));
  }

  // The best of the rest; it is one of the best ⌊n/η⌋, or takes the place of the worst of them and gives it
  // back.
  static void raise(Rung& rung) {
    const auto best = rung.rest.begin();
    rung.open.insert(*best);
    rung.top.insert(rung.rest.extract(best));
  }

  std::uint64_t reduction_;
  std::vector<Rung> rungs_;
  std::size_t seen_ = 0;  // of the history's pauses
};

Asha::Asha(const proto::AshaSettings& settings, Epoch epochs, bool higher_is_better)
    : reduction_(settings.reduction()), higher_is_better_(higher_is_better) {
  RONDO_CHECK(settings.min_epochs() >= 1 && reduction_ >= 2, "{} epochs, reduction {}", settings.min_epochs(),
              reduction_);
  for (std::uint64_t rung = settings.min_epochs(); rung < epochs.value(); rung *= reduction_) {
    rungs_.emplace_back(static_cast<std::uint32_t>(rung));
  }
}

Asha::~Asha() = default;

std::optional<Epoch> Asha::next_rung(TrialId, Epoch after) const {
  const auto rung = std::upper_bound(rungs_.begin(), rungs_.end(), after);
  return rung == rungs_.end() ? std::nullopt : std::optional<Epoch>(*rung);
}

std::optional<TrialId> Asha::promote(const History& history) const {
  Board& board = kept_.of(history, [this] { return Board(rungs_, reduction_, higher_is_better_); });
  board.catch_up(history);
  return board.promotable(history);
}

// What runs may reach a rung, and make room among its best.
bool Asha::may_promote_later(const History& history) const {
  return history.running() > 0;
}

}  // namespace rondo::search
