#include "tests/unit/coordinator/schedule/scripted_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/base/text.h"

namespace rondo::schedule::testing {

std::optional<search::Proposal> ScriptedProposer::propose(TrialId id, std::uint32_t attempt,
                                                          const search::History& history) const {
  if (id.value() >= spent_from) return std::nullopt;
  if (ended_for_each && history.ended().size() < *ended_for_each * id.value()) return std::nullopt;
  const std::uint64_t reported = history.size() == 0 ? 0 : history.trial(TrialId(0)).epochs.size();
  if (reports_before_more && id.value() > 0 && reported < *reports_before_more) return std::nullopt;
  const auto found = networks.find(id.value());
  const Network network = found == networks.end() ? Network{} : found->second;
  const bool repeats = network.same_as && attempt < network.repeats;
  search::Proposal proposal;
  proposal.architecture = fmt::format("network {}", repeats ? *network.same_as : id.value());
  if (attempt > 0 && !repeats) proposal.architecture += fmt::format(", draw {}", attempt);
  proposal.digest = sha256(proposal.architecture);
  proposal.ticks_per_epoch = Tick(network.cost);
  proposal.parameters = 10;
  proposal.too_large = network.too_large;
  return proposal;
}

std::optional<Epoch> RungStopper::next_rung(TrialId, Epoch after) const {
  const auto rung = std::upper_bound(rungs.begin(), rungs.end(), after);
  return rung == rungs.end() ? std::nullopt : std::optional(*rung);
}

std::optional<TrialId> RungStopper::promote(const search::History& history) const {
  for (auto rung = rungs.rbegin(); rung != rungs.rend(); ++rung) {
    std::vector<const search::TrialRecord*> reached;
    for (const search::TrialRecord& trial : history.trials()) {
      if (trial.epochs.size() >= rung->value()) reached.push_back(&trial);
    }
    const auto loss = [&](const search::TrialRecord* trial) {
      return trial->epochs[rung->value() - 1].validation_loss;
    };
    std::stable_sort(reached.begin(), reached.end(),
                     [&](const auto* a, const auto* b) { return loss(a) < loss(b); });
    reached.resize(reached.size() / factor);
    for (const search::TrialRecord* trial : reached) {
      if (trial->state == search::TrialState::paused && trial->epochs.size() == rung->value())
        return trial->id;
    }
  }
  return std::nullopt;
}

bool RungStopper::may_promote_later(const search::History& history) const {
  const auto in = [&](search::TrialState state) {
    return std::any_of(history.trials().begin(), history.trials().end(),
                       [&](const search::TrialRecord& trial) { return trial.state == state; });
  };
  return !rungs.empty() && in(search::TrialState::running);
}

EpochResult result(std::uint64_t trial, std::uint32_t epoch, std::optional<double> loss) {
  EpochResult result;
  result.epoch = Epoch(epoch);
  result.train_loss = static_cast<double>(trial) + 1.0 / epoch;
  result.validation_loss = loss.value_or(static_cast<double>(trial % 1000) / 1000);
  result.score = 1 - result.validation_loss;
  result.fingerprint[0] = static_cast<std::uint8_t>(trial);
  result.fingerprint[1] = static_cast<std::uint8_t>(epoch);
  return result;
}

std::vector<EpochResult> results(std::uint64_t trial, std::uint32_t first, std::uint32_t last,
                                 std::optional<double> loss) {
  std::vector<EpochResult> epochs;
  for (std::uint32_t epoch = first; epoch <= last; ++epoch) epochs.push_back(result(trial, epoch, loss));
  return epochs;
}

TrialEnd end_of(std::uint64_t trial, std::uint32_t epochs, Outcome outcome) {
  TrialEnd end;
  end.outcome = outcome;
  end.epochs = Epoch(epochs);
  if (outcome != Outcome::completed) return end;
  end.best_epoch = Epoch(epochs);
  end.best_score = 1 - static_cast<double>(trial % 1000) / 1000;
  end.best_validation_loss = static_cast<double>(trial % 1000) / 1000;
  end.has_weights = true;
  end.weights_digest = sha256(fmt::format("weights {}", trial));
  return end;
}

namespace {

std::string range(Epoch first, Epoch last) {
  if (first == last) return fmt::format("epoch {}", first.value());
  return fmt::format("epochs {}-{}", first.value(), last.value());
}

std::string name(Outcome outcome) {
  static constexpr const char* names[] = {"", "completed", "diverged", "too large", "cut"};
  return names[static_cast<std::size_t>(outcome)];
}

struct RecordText {
  std::string operator()(const Proposed& event) const {
    std::string text =
        fmt::format("lane {} proposes trial {}: {}, {} ticks", event.lane.value(), event.trial.value(),
                    event.proposal.architecture, event.proposal.ticks_per_epoch.value());
    if (event.redraws > 0) text += fmt::format(", {} redraws", event.redraws);
    return text + fmt::format(", to epoch {}", event.last_epoch.value());
  }
  std::string operator()(const Promoted& event) const {
    return fmt::format("lane {} promotes trial {}: {}", event.lane.value(), event.trial.value(),
                       range(event.first_epoch, event.last_epoch));
  }
  std::string operator()(const Idled& event) const {
    static constexpr const char* reasons[] = {"", "budget", "exhausted", "waiting"};
    return fmt::format("lane {} idles: {}", event.lane.value(),
                       reasons[static_cast<std::size_t>(event.reason)]);
  }
  std::string operator()(const Reported& event) const {
    return fmt::format("trial {} reports epoch {}: loss {}", event.trial.value(), event.result.epoch.value(),
                       shortest(event.result.validation_loss));
  }
  std::string operator()(const Paused& event) const {
    return fmt::format("trial {} pauses after epoch {}", event.trial.value(), event.epoch.value());
  }
  std::string operator()(const Ended& event) const {
    return fmt::format("trial {} ends: {} after {} epochs, best {}", event.trial.value(),
                       name(event.end.outcome), event.end.epochs.value(), event.end.best_epoch.value());
  }
};

struct CommandText {
  std::string operator()(const AssignCommand& command) const {
    std::string text = fmt::format("assign {} to rank {}: trial {} ({}), {}", command.assignment.value(),
                                   command.rank.value(), command.trial.value(), command.architecture,
                                   range(command.first_epoch, command.last_epoch));
    if (command.checkpoint > Epoch(0))
      text += fmt::format(", from the checkpoint of epoch {}", command.checkpoint.value());
    return text;
  }
  std::string operator()(const AbandonCommand& command) const {
    return fmt::format("abandon {} of rank {}", command.assignment.value(), command.rank.value());
  }
};

}  // namespace

std::string text(const Record& record) {
  return fmt::format("tick {}: {}", record.tick.value(), std::visit(RecordText{}, record.event));
}

std::vector<std::string> text(const Ready& ready) {
  std::vector<std::string> lines;
  for (const Record& record : ready.records) lines.push_back(text(record));
  for (const KeptResult& kept : ready.keep) {
    lines.push_back(fmt::format("keep trial {}: {}{}", kept.trial.value(),
                                range(kept.epochs.front().epoch, kept.epochs.back().epoch),
                                kept.end ? ", end" : ""));
  }
  for (const Command& command : ready.commands) lines.push_back(std::visit(CommandText{}, command));
  for (const TrialId trial : ready.release) lines.push_back(fmt::format("release trial {}", trial.value()));
  if (ready.fault) lines.push_back("fault: " + *ready.fault);
  return lines;
}

}  // namespace rondo::schedule::testing
