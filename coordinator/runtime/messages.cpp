// The coordinator's half that talks to ranks: messages into events, commands into messages.
#include <fmt/format.h>

#include <utility>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "coordinator/runtime/coordinator.h"
#include "coordinator/runtime/handshake.h"
#include "coordinator/store/result_codec.h"

namespace rondo::runtime {

void Coordinator::handle(const Arrival& arrival) {
  const proto::ToCoordinator& message = arrival.message;
  switch (message.body_case()) {
    case proto::ToCoordinator::kHello:
      greet(arrival.from, message.hello());
      break;
    case proto::ToCoordinator::kLoaded:
      loaded(arrival.from, message.loaded());
      break;
    case proto::ToCoordinator::kReport:
      try {
        report(arrival.from, message.report());
      } catch (const Error& error) {
        // What no worker sends: its memory or its network is not to be trusted.
        if (error.code() != ErrorCode::corrupt) throw;
        lose(arrival.from, fmt::format("sent a damaged report ({})", error.what()));
        // It counts as finished by its rank already, which then is not lost with it.
        errand_failed(message.report().assignment(), last_refusal_);
      }
      break;
    case proto::ToCoordinator::kFailure:
      failure(arrival.from, message.failure());
      break;
    case proto::ToCoordinator::kTableRequest:
      send_table(arrival.from, message.table_request().offset());
      break;
    case proto::ToCoordinator::kGoodbye:
      telemetry_.rank("rank_left", arrival.from, ranks_[arrival.from], {});
      // Only the one who was told to leave leaves; any other one that goes is lost.
      if (leaving_) {
        ranks_[arrival.from].state = RankState::left;
      } else {
        lose(arrival.from, "left by itself");
      }
      break;
    default:
      break;
  }
}

void Coordinator::greet(RankId rank, const proto::Hello& hello) {
  WorkerRank& worker = ranks_[rank];
  if (worker.state != RankState::expected) return;
  worker.host = hello.host();
  worker.process = hello.process();
  ranks_.watch(rank);
  if (const auto why = mismatch(hello, options_.numerics)) {
    refuse(rank, *why);
    return;
  }
  worker.state = RankState::loading;
  proto::ToWorker message;
  proto::Setup& setup = *message.mutable_setup();
  *setup.mutable_experiment() = options_.experiment;
  setup.set_dataset_digest(to_bytes(options_.dataset));
  setup.set_identity(folder_.journal().header().identity());
  setup.set_coordinator_host(transport::host_name());
  setup.set_coordinator_process(transport::own_process());
  ranks_.send(rank, message);
}

// At the first time, and once more when it is to be read again for the retraining.
void Coordinator::send_table(RankId rank, std::uint64_t offset) {
  const WorkerRank& worker = ranks_[rank];
  if (worker.state != RankState::loading && worker.state != RankState::ready) return;
  proto::ToWorker message;
  *message.mutable_table_part() = table_.part(offset);
  const proto::TablePart& part = message.table_part();
  if (offset == 0 && part.failure().empty()) {
    telemetry_.rank("table_sent", rank, worker, {});
    say(fmt::format("{} does not have the table and is sent its {} bytes", ranks_.name(rank), part.size()));
  }
  ranks_.send(rank, message);
}

void Coordinator::loaded(RankId rank, const proto::Loaded& loaded) {
  WorkerRank& worker = ranks_[rank];
  if (worker.state != RankState::loading) return;
  if (!loaded.failure().empty()) {
    refuse(rank, loaded.failure());
    return;
  }
  if (loaded.dataset_digest() != to_bytes(options_.dataset)) {
    refuse(rank, "it loaded another table than the coordinator's");
    return;
  }
  worker.state = RankState::ready;
  worker.threads = loaded.threads();
  ++accepted_;
  const std::string& from = loaded.table_from();
  telemetry_.rank("rank_joined", rank, worker,
                  from.empty() || from == "path" ? std::string() : "table from " + from);
  if (!loaded.note().empty()) {
    telemetry_.warning(loaded.note());
    say(fmt::format("{}: {}", ranks_.name(rank), loaded.note()));
  }
  step(schedule::RankJoined{rank});
}

void Coordinator::report(RankId rank, const proto::TrialReport& report) {
  WorkerRank& worker = ranks_[rank];
  // At the end only a pause has use for what is handed back.
  if (worker.state != RankState::ready || (leaving_ && exit_ != ExitCode::paused)) return;
  const bool current = worker.assignment && worker.assignment->value() == report.assignment();
  // What follows the search is trained for another purpose, under the same trials' numbers.
  if (current && report.epochs_size() > 0 && !Errands::is_one(report.assignment())) {
    const Epoch first(report.epochs(0).epoch());
    const Epoch last(report.epochs(report.epochs_size() - 1).epoch());
    worker.trained = {worker.trained ? worker.trained->first : first, last};
  }
  if (current && report.segment_done()) {
    telemetry_.assignment("segment_done", rank, worker, report.seconds(), {});
    worker.assignment.reset();
  }
  if (Errands::is_one(report.assignment())) {
    errand_report(rank, report);
    return;
  }
  schedule::ResultArrived event;
  event.rank = rank;
  event.assignment = schedule::AssignmentId(report.assignment());
  event.trial = TrialId(report.trial());
  event.epochs = store::epochs_from_proto(report);
  if (report.has_end()) event.end = store::from_proto(report.end());
  event.segment_done = report.segment_done();
  const Epoch epoch(report.checkpoint_epoch());
  if (epoch > Epoch(0) && folder_.cache().store_checkpoint(event.trial, epoch, report.checkpoint())) {
    event.checkpoint = epoch;
  }
  step(std::move(event));
}

void Coordinator::failure(RankId rank, const proto::Failure& failure) {
  WorkerRank& worker = ranks_[rank];
  if (worker.state != RankState::ready) return;
  const std::string text = fmt::format("{}: {}", ranks_.name(rank), failure.message());
  say(text);
  telemetry_.assignment("attempt_failed", rank, worker, 0, failure.message());
  if (worker.assignment && worker.assignment->value() == failure.assignment()) worker.assignment.reset();
  if (Errands::is_one(failure.assignment())) {
    errand_failed(failure.assignment(), text);
    return;
  }
  step(schedule::AttemptFailed{rank, schedule::AssignmentId(failure.assignment())});
}

void Coordinator::refuse(RankId rank, const std::string& why) {
  last_refusal_ = fmt::format("{} is refused: {}", ranks_.name(rank), why);
  ranks_[rank].state = RankState::refused;
  ++refused_;
  telemetry_.rank("rank_refused", rank, ranks_[rank], why);
  say(last_refusal_);
}

void Coordinator::lose(RankId rank, const std::string& why) {
  const WorkerRank worker = ranks_[rank];
  if (worker.state == RankState::lost || worker.state == RankState::left) return;
  last_refusal_ = fmt::format("{} {} and is given up", ranks_.name(rank), why);
  ranks_.give_up(rank);
  telemetry_.rank("rank_lost", rank, worker, why);
  say(last_refusal_);
  if (worker.assignment && Errands::is_one(worker.assignment->value()))
    errand_failed(worker.assignment->value(), last_refusal_);
  if (worker.state == RankState::ready) step(schedule::RankLost{rank});
}

// --- events in, commands out

// One event leads to others (a checkpoint that cannot be read any more): they are taken one after the other.
void Coordinator::step(schedule::Event event) {
  events_.push_back(std::move(event));
  if (stepping_) return;
  stepping_ = true;
  while (!events_.empty()) {
    const schedule::Event next = std::move(events_.front());
    events_.pop_front();
    carry_out(core_.step(next), &next);
  }
  stepping_ = false;
}

void Coordinator::carry_out(schedule::Ready ready, const schedule::Event* cause) {
  if (!ready.records.empty()) {
    folder_.journal().append(ready.records);
    if (!unsynced_since_) unsynced_since_ = Clock::now();
  }
  // What was restored is kept already, in the journal or in the cache itself.
  if (!restoring_) {
    for (const schedule::KeptResult& result : ready.keep) folder_.cache().keep(result);
  }
  for (const schedule::Command& command : ready.commands) {
    std::visit([this](const auto& one) { carry_out(one); }, command);
  }
  for (const TrialId trial : ready.release) folder_.cache().release(trial);
  if (ready.fault) {
    // A report that differs from an earlier one is another thing than a trial that could not be trained.
    const bool report = cause != nullptr && (std::holds_alternative<schedule::ResultArrived>(*cause) ||
                                             std::holds_alternative<schedule::ResultRestored>(*cause));
    stop(report ? ExitCode::differs : ExitCode::paused, *ready.fault);
  }
}

void Coordinator::carry_out(const schedule::AssignCommand& command) {
  if (leaving_) return;
  proto::ToWorker message;
  proto::Assign& assign = *message.mutable_assign();
  assign.set_assignment(command.assignment.value());
  assign.set_trial(command.trial.value());
  *assign.mutable_architecture() = parse_architecture(command.architecture);
  assign.set_first_epoch(command.first_epoch.value());
  assign.set_last_epoch(command.last_epoch.value());
  if (command.checkpoint > Epoch(0)) {
    if (auto bytes = folder_.cache().load_checkpoint(command.trial, command.checkpoint)) {
      assign.set_checkpoint(std::move(*bytes));
    } else {
      // The worker starts from the beginning then.
      events_.emplace_back(schedule::CheckpointLost{command.trial});
    }
  }
  set_assignment(command.rank, command.assignment, command.trial);
  ranks_.send(command.rank, message);
}

void Coordinator::carry_out(const schedule::AbandonCommand& command) {
  if (leaving_) return;
  WorkerRank& worker = ranks_[command.rank];
  if (worker.assignment == command.assignment) {
    telemetry_.assignment("called_back", command.rank, worker, 0, {});
    worker.assignment.reset();
  }
  proto::ToWorker message;
  message.mutable_abandon()->set_assignment(command.assignment.value());
  ranks_.send(command.rank, message);
}

void Coordinator::set_assignment(RankId rank, schedule::AssignmentId assignment, TrialId trial) {
  WorkerRank& worker = ranks_[rank];
  RONDO_CHECK(worker.state == RankState::ready, "rank {}", rank.value());
  worker.assignment = assignment;
  worker.trial = trial;
  worker.trained.reset();
  worker.assigned_at = Clock::now();
  telemetry_.assignment("assigned", rank, worker, 0, {});
}

}  // namespace rondo::runtime
