#include "coordinator/store/record_codec.h"

#include <fmt/format.h>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/experiment/canonical.h"
#include "coordinator/store/result_codec.h"
#include "rondo/journal.pb.h"

namespace rondo::store {

namespace {

proto::IdleReason to_proto(schedule::IdleReason reason) {
  switch (reason) {
    case schedule::IdleReason::budget:
      return proto::IDLE_REASON_BUDGET;
    case schedule::IdleReason::exhausted:
      return proto::IDLE_REASON_EXHAUSTED;
    case schedule::IdleReason::waiting:
      return proto::IDLE_REASON_WAITING;
  }
  RONDO_CHECK(false, "idle reason {}", static_cast<int>(reason));
}

schedule::IdleReason from_proto(proto::IdleReason reason) {
  switch (reason) {
    case proto::IDLE_REASON_BUDGET:
      return schedule::IdleReason::budget;
    case proto::IDLE_REASON_EXHAUSTED:
      return schedule::IdleReason::exhausted;
    case proto::IDLE_REASON_WAITING:
      return schedule::IdleReason::waiting;
    default:
      throw_corrupt("idle reason {} is unknown", static_cast<int>(reason));
  }
}

struct Encoder {
  proto::Record& record;

  void operator()(const schedule::Proposed& event) const {
    proto::Proposal& proposal = *record.mutable_proposal();
    proposal.set_lane(event.lane.value());
    proposal.set_trial(event.trial.value());
    *proposal.mutable_architecture() = parse_architecture(event.proposal.architecture);
    proposal.set_ticks_per_epoch(event.proposal.ticks_per_epoch.value());
    proposal.set_parameters(event.proposal.parameters);
    proposal.set_redraws(event.redraws);
    proposal.set_last_epoch(event.last_epoch.value());
  }
  void operator()(const schedule::Promoted& event) const {
    proto::Promotion& promotion = *record.mutable_promotion();
    promotion.set_lane(event.lane.value());
    promotion.set_trial(event.trial.value());
    promotion.set_first_epoch(event.first_epoch.value());
    promotion.set_last_epoch(event.last_epoch.value());
  }
  void operator()(const schedule::Idled& event) const {
    proto::Idle& idle = *record.mutable_idle();
    idle.set_lane(event.lane.value());
    idle.set_reason(to_proto(event.reason));
  }
  void operator()(const schedule::Reported& event) const {
    proto::Report& report = *record.mutable_report();
    report.set_trial(event.trial.value());
    *report.mutable_result() = store::to_proto(event.result);
  }
  void operator()(const schedule::Paused& event) const {
    proto::Rung& rung = *record.mutable_rung();
    rung.set_trial(event.trial.value());
    rung.set_epoch(event.epoch.value());
  }
  void operator()(const schedule::Ended& event) const {
    proto::End& end = *record.mutable_end();
    end.set_trial(event.trial.value());
    *end.mutable_end() = store::to_proto(event.end);
  }
};

schedule::Proposed decode_proposal(const proto::Proposal& message) {
  if (!message.has_architecture()) throw_corrupt("a proposal without an architecture");
  schedule::Proposed event;
  event.lane = LaneId(message.lane());
  event.trial = TrialId(message.trial());
  event.proposal.architecture = canonical_serialize(message.architecture());
  // Refuses what the search cannot have proposed, and bytes in another form than the canonical one.
  static_cast<void>(parse_architecture(event.proposal.architecture));
  event.proposal.digest = content_digest(event.proposal.architecture);
  event.proposal.ticks_per_epoch = Tick(message.ticks_per_epoch());
  event.proposal.parameters = message.parameters();
  event.redraws = message.redraws();
  event.last_epoch = Epoch(message.last_epoch());
  return event;
}

}  // namespace

std::string encode(const schedule::Record& record) {
  proto::Record message;
  message.set_tick(record.tick.value());
  std::visit(Encoder{message}, record.event);
  return canonical_serialize(message);
}

schedule::Record decode(std::string_view bytes) {
  proto::Record message;
  parse_canonical(bytes, message);
  schedule::Record record;
  record.tick = Tick(message.tick());
  switch (message.event_case()) {
    case proto::Record::kProposal:
      record.event = decode_proposal(message.proposal());
      break;
    case proto::Record::kPromotion:
      record.event = schedule::Promoted{
          LaneId(message.promotion().lane()), TrialId(message.promotion().trial()),
          Epoch(message.promotion().first_epoch()), Epoch(message.promotion().last_epoch())};
      break;
    case proto::Record::kIdle:
      record.event = schedule::Idled{LaneId(message.idle().lane()), from_proto(message.idle().reason())};
      break;
    case proto::Record::kReport:
      if (!message.report().has_result()) throw_corrupt("a report without a result");
      record.event =
          schedule::Reported{TrialId(message.report().trial()), from_proto(message.report().result())};
      break;
    case proto::Record::kRung:
      record.event = schedule::Paused{TrialId(message.rung().trial()), Epoch(message.rung().epoch())};
      break;
    case proto::Record::kEnd:
      if (!message.end().has_end()) throw_corrupt("an end without an outcome");
      record.event = schedule::Ended{TrialId(message.end().trial()), from_proto(message.end().end())};
      break;
    case proto::Record::EVENT_NOT_SET:
      throw_corrupt("a record without an event");
  }
  return record;
}

namespace {

struct Describer {
  std::string operator()(const schedule::Proposed& event) const {
    return fmt::format("trial {} proposed on lane {}", event.trial.value(), event.lane.value());
  }
  std::string operator()(const schedule::Promoted& event) const {
    return fmt::format("trial {} promoted to epoch {} on lane {}", event.trial.value(),
                       event.last_epoch.value(), event.lane.value());
  }
  std::string operator()(const schedule::Idled& event) const {
    static constexpr const char* reasons[] = {"", "the budget is used up", "the sampler has nothing left",
                                              "it waits for running trials"};
    return fmt::format("lane {} idle: {}", event.lane.value(), reasons[static_cast<int>(event.reason)]);
  }
  std::string operator()(const schedule::Reported& event) const {
    return fmt::format("trial {}, epoch {} reported: train loss {}, validation loss {}, score {}, state {}",
                       event.trial.value(), event.result.epoch.value(), shortest(event.result.train_loss),
                       shortest(event.result.validation_loss), shortest(event.result.score),
                       to_hex(event.result.fingerprint));
  }
  std::string operator()(const schedule::Paused& event) const {
    return fmt::format("trial {} paused after epoch {}", event.trial.value(), event.epoch.value());
  }
  std::string operator()(const schedule::Ended& event) const {
    return fmt::format("trial {} ended as {} after {} epochs, best epoch {}, score {}", event.trial.value(),
                       outcome_name(event.end.outcome), event.end.epochs.value(),
                       event.end.best_epoch.value(), shortest(event.end.best_score));
  }
};

}  // namespace

std::string describe(const schedule::Record& record) {
  return fmt::format("tick {}, {}", record.tick.value(), std::visit(Describer{}, record.event));
}

std::string outcome_name(schedule::Outcome outcome) {
  switch (outcome) {
    case schedule::Outcome::completed:
      return "completed";
    case schedule::Outcome::diverged:
      return "diverged";
    case schedule::Outcome::too_large:
      return "too_large";
    case schedule::Outcome::cut:
      return "cut";
  }
  RONDO_CHECK(false, "outcome {}", static_cast<int>(outcome));
}

}  // namespace rondo::store
