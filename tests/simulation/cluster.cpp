#include "tests/simulation/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <variant>

namespace rondo::simulation {

namespace {

// Messages that are still under way when the search ends: they may not change it.
constexpr int farewell_events = 40;

bool same_record(const schedule::Record& record, const schedule::IdleReason reason) {
  const auto* const idled = std::get_if<schedule::Idled>(&record.event);
  return idled != nullptr && idled->reason == reason;
}

}  // namespace

Cluster::Cluster(const Case& simulation, Checks checks)
    : simulation_(simulation),
      checks_(checks),
      workload_(simulation.workload),
      trials_(simulation.disturbers.extend_from > 0 ? simulation.disturbers.extend_from
                                                    : simulation.workload.trials),
      reference_(reference(workload_, trials_)),
      network_(simulation.seed, Purpose::network),
      compute_(simulation.seed, Purpose::workers),
      misfortune_(simulation.seed, Purpose::deaths),
      order_(simulation.seed, Purpose::order),
      lies_(simulation.disturbers.lies) {}

Tally Cluster::run() {
  plan_disturbances();
  launch();
  for (;;) {
    if (core_->finished()) {
      if (!journal_->complete()) {
        throw Violation{Verdict::divergence, fmt::format("the search ends after {} records of {}",
                                                         journal_->committed(), reference_.bytes.size())};
      }
      if (trials_ == simulation_.workload.trials) break;
      extend();
      continue;
    }
    if (agenda_.empty()) throw Violation{Verdict::no_progress, "nothing is left to happen"};
    happen();
  }
  add_up();
  disturbances_.clear();
  lies_ = 0;
  account_->over();
  for (int count = 0; count < farewell_events && !agenda_.empty() && core_->finished(); ++count) happen();
  return tally_;
}

void Cluster::add_up() {
  tally_.records = reference_.bytes.size();
  tally_.makespan = now_;
  for (const schedule::Record& record : reference_.records) {
    const auto* const reported = std::get_if<schedule::Reported>(&record.event);
    if (reported == nullptr) continue;
    const std::string& network = reference_.architectures[reported->trial.value()];
    tally_.useful += time_of_epoch(simulation_, reported->trial, network);
  }
}

void Cluster::happen() {
  const auto next = agenda_.begin();
  now_ = next->first.first;
  const std::function<void()> action = std::move(next->second);
  agenda_.erase(next);
  action();
}

void Cluster::at(Time time, std::function<void()> action) {
  agenda_.emplace(std::pair(time, arranged_++), std::move(action));
}

// --- launches

void Cluster::plan_disturbances() {
  Chance chance(simulation_.seed, Purpose::restarts);
  const std::uint64_t events = 2 + reference_.records.size();
  const auto plan = [&](std::uint32_t count, Disturbance what) {
    for (std::uint32_t index = 0; index < count; ++index) {
      disturbances_.emplace(chance.between(1, events), what);
    }
  };
  plan(simulation_.disturbers.deaths, Disturbance::death);
  plan(simulation_.disturbers.silences, Disturbance::silence);
  plan(simulation_.disturbers.crashes, Disturbance::crash);
  plan(simulation_.disturbers.pauses, Disturbance::pause);
}

void Cluster::launch() {
  ++tally_.launches;
  schedule::Options options = workload_.core_options(trials_);
  options.max_infrastructure_failures = simulation_.disturbers.most_failures;
  // Whoever keeps a reference to the old core's memory shall not live longer than it.
  core_ = std::make_unique<schedule::Core>(options, workload_.proposer(), workload_.stopper());
  journal_.emplace(reference_);
  progress_.emplace(simulation_);
  account_.emplace(simulation_.workload, reference_);
  faulted_ = false;
  const std::size_t known = disk_.journal().size();
  carry_out(core_->start(), true);
  std::vector<schedule::ResultRestored> restored = disk_.restored();
  // The order of what a folder holds may not matter either.
  if (order_.percent(50)) {
    for (std::size_t left = restored.size(); left > 1; --left) {
      std::swap(restored[left - 1], restored[order_.between(0, left - 1)]);
    }
  }
  for (const schedule::ResultRestored& result : restored) {
    const schedule::Event event = result;
    const bool differs = account_->event(event);
    schedule::Ready ready = core_->step(event);
    check_fault(ready, differs);
    carry_out(std::move(ready), true);
  }
  // A last record that is a report is trained again.
  if (journal_->committed() + 1 < known) {
    throw Violation{Verdict::divergence, fmt::format("{} of {} records follow from the journal's results",
                                                     journal_->committed(), known)};
  }
  const Time long_after = time_of_tick * simulation_.workload.most_ticks * simulation_.workload.epochs;
  for (std::uint32_t index = 0; index < simulation_.disturbers.ranks; ++index) add_rank(delay());
  for (std::uint32_t index = 0; index < simulation_.disturbers.late_ranks; ++index) {
    add_rank(network_.between(1, 4 * long_after));
  }
}

void Cluster::restart(bool crashed) {
  if (crashed) {
    disk_.crash(misfortune_);
  } else {
    disk_.sync();
  }
  disk_.lose_cache(misfortune_, simulation_.disturbers.cache_loss);
  agenda_.clear();
  ranks_.clear();
  events_.clear();
  sync_planned_ = false;
  launch();
}

// As a launch that ends: nothing is assigned any more, ranks hand back what they have.
void Cluster::ask_for_pause() {
  step(schedule::PauseRequested{});
  for (auto& [number, rank] : ranks_) {
    if (!rank.alive || rank.given_up) continue;
    if (auto report = rank.worker->hand_back()) step(stored(std::move(*report)));
  }
}

void Cluster::extend() {
  const Reference old = std::move(reference_);
  trials_ = simulation_.workload.trials;
  reference_ = reference(workload_, trials_);
  const std::size_t shorter = std::min(old.bytes.size(), reference_.bytes.size());
  std::size_t common = 0;
  while (common < shorter && old.bytes[common] == reference_.bytes[common]) ++common;
  // Nothing but a refused decision depends on the budget.
  const bool refused = common == old.bytes.size() ||
                       same_record(old.records[common], schedule::IdleReason::budget) ||
                       same_record(old.records[common], schedule::IdleReason::waiting);
  if (!refused) throw Violation{Verdict::divergence, fmt::format("the budget changes record {}", common)};
  disk_.sync();
  disk_.extend(std::min(common, disk_.journal().size()));
  restart(false);
}

// --- ranks

void Cluster::add_rank(Time delay) {
  const RankId number(static_cast<std::uint32_t>(ranks_.size()) + 1);
  Rank& rank = ranks_[number];
  rank.worker = std::make_unique<Worker>(number, workload_, simulation_, compute_);
  rank.last_up = now_ + delay;
  at(rank.last_up, [this, number] {
    if (ranks_.at(number).alive) deliver(schedule::RankJoined{number});
  });
}

void Cluster::train(RankId number) {
  Rank& rank = ranks_.at(number);
  if (!rank.worker->busy()) return;
  const std::uint64_t ticket = rank.worker->ticket();
  const Time took = rank.worker->epoch_time();
  at(now_ + took, [this, number, ticket, took] {
    const Rank& one = ranks_.at(number);
    if (one.alive && one.worker->busy() && one.worker->ticket() == ticket) epoch_over(number, took);
  });
}

void Cluster::epoch_over(RankId number, Time took) {
  Rank& rank = ranks_.at(number);
  if (misfortune_.percent(simulation_.disturbers.failure)) {
    send(rank, rank.worker->fail());
  } else {
    tally_.trained += took;
    if (auto report = rank.worker->finish_epoch()) send(rank, std::move(*report));
  }
  train(number);
}

// One rank's messages arrive in their order; a duplicate comes at any later time.
void Cluster::send(Rank& rank, schedule::Event event) {
  const RankId number = rank.worker->rank();
  const std::uint64_t sequence = rank.sent++;
  rank.last_up = std::max(rank.last_up, now_ + delay());
  const auto arrive = [this, number, sequence, event = std::move(event)] {
    if (sequence >= ranks_.at(number).arrives) return;
    if (const auto* const report = std::get_if<schedule::ResultArrived>(&event)) {
      deliver(stored(*report));
    } else {
      deliver(event);
    }
  };
  at(rank.last_up, arrive);
  if (network_.percent(simulation_.disturbers.duplicate)) {
    const Time later = network_.between(0, 20 * time_of_tick * simulation_.workload.most_ticks);
    at(rank.last_up + later, arrive);
  }
}

// A report as the core sees it, once its checkpoint is on the disk.
schedule::Event Cluster::stored(schedule::ResultArrived report) {
  if (report.checkpoint > Epoch(0) && !disk_.store_checkpoint(report.trial, report.checkpoint)) {
    report.checkpoint = Epoch(0);
  }
  for (schedule::EpochResult& result : report.epochs) {
    if (lies_ == 0 || !account_->knows(report.trial, result.epoch)) continue;
    --lies_;
    result.train_loss = std::bit_cast<double>(std::bit_cast<std::uint64_t>(result.train_loss) ^ 1U);
  }
  return report;
}

std::optional<RankId> Cluster::any_rank() {
  std::vector<RankId> candidates;
  for (const auto& [number, rank] : ranks_) {
    if (rank.alive && !rank.given_up && account_->present(number)) candidates.push_back(number);
  }
  if (candidates.empty()) return std::nullopt;
  return candidates[misfortune_.between(0, candidates.size() - 1)];
}

// The last messages of a process that dies may be lost with it; the coordinator learns of it later.
void Cluster::rank_dies() {
  const auto number = any_rank();
  if (!number) return;
  ++tally_.deaths;
  Rank& rank = ranks_.at(*number);
  rank.alive = false;
  rank.arrives = misfortune_.between(rank.sent > 3 ? rank.sent - 3 : 0, rank.sent);
  at(now_ + delay() + misfortune_.between(0, 10 * time_of_tick), [this, number = *number] {
    ranks_.at(number).given_up = true;
    deliver(schedule::RankLost{number});
  });
  add_rank(misfortune_.between(1, 50 * time_of_tick));
}

// Silent for too long, and given up: it works on, and what it sends arrives late.
void Cluster::rank_falls_silent() {
  const auto number = any_rank();
  if (!number) return;
  ++tally_.deaths;
  ranks_.at(*number).given_up = true;
  add_rank(misfortune_.between(1, 50 * time_of_tick));
  deliver(schedule::RankLost{*number});
}

// --- the core

// A step may lead to others (a checkpoint that cannot be read): they are taken one after the other.
void Cluster::deliver(schedule::Event event) {
  events_.push_back(std::move(event));
  while (!events_.empty()) {
    const schedule::Event next = std::move(events_.front());
    events_.pop_front();
    step(next);
    if (faulted_) break;
  }
  if (faulted_) {
    // As the driver: the search pauses, and whoever looked after it resumes it.
    ++tally_.faults;
    simulation_.disturbers.most_failures = 1'000'000;
    restart(false);
    return;
  }
  if (checks_ == Checks::all) account_->no_rank_waits();
  disturb();
}

void Cluster::step(const schedule::Event& event) {
  ++tally_.events;
  const bool differs = account_->event(event);
  schedule::Ready ready = core_->step(event);
  check_fault(ready, differs);
  progress_->step(!ready.records.empty());
  carry_out(std::move(ready), false);
}

void Cluster::check_fault(const schedule::Ready& ready, bool differs) const {
  const std::uint32_t most = simulation_.disturbers.most_failures;
  const bool failed = account_->failures_of_worst() >= most;
  if (differs && !ready.fault) {
    throw Violation{Verdict::divergence, "a report differs from an earlier one, and the core says nothing"};
  }
  if (account_->failures_of_worst() > most && !ready.fault && !faulted_) {
    throw Violation{Verdict::no_progress, "a trial failed too often, and the core says nothing"};
  }
  if (ready.fault && !differs && !failed) {
    throw Violation{Verdict::divergence, fmt::format("a fault without a reason: {}", *ready.fault)};
  }
}

void Cluster::carry_out(schedule::Ready ready, bool restoring) {
  const std::uint64_t before = journal_->committed();
  journal_->records(ready.records);
  account_->records(ready.records);
  for (std::size_t index = 0; index < ready.records.size(); ++index) {
    if (before + index >= disk_.journal().size()) disk_.append(ready.records[index]);
  }
  if (disk_.unsynced() && !sync_planned_) {
    sync_planned_ = true;
    at(now_ + simulation_.disturbers.sync_every, [this] {
      disk_.sync();
      sync_planned_ = false;
    });
  }
  if (!restoring) {
    for (const schedule::KeptResult& result : ready.keep) disk_.keep(result);
  }
  for (const schedule::Command& command : ready.commands) {
    std::visit([this](const auto& one) { carry_out(one); }, command);
  }
  for (const TrialId trial : ready.release) {
    account_->release(trial);
    disk_.release(trial);
  }
  if (ready.fault) faulted_ = true;
}

void Cluster::carry_out(const schedule::AssignCommand& command) {
  account_->command(command);
  Epoch checkpoint = command.checkpoint;
  if (checkpoint > Epoch(0)) {
    const bool lost = misfortune_.percent(simulation_.disturbers.unreadable);
    if (lost) disk_.lose_checkpoint(command.trial);
    if (lost || !disk_.has_checkpoint(command.trial, checkpoint)) {
      checkpoint = Epoch(0);
      events_.emplace_back(schedule::CheckpointLost{command.trial});
    }
  }
  Rank& rank = ranks_.at(command.rank);
  rank.last_down = std::max(rank.last_down, now_ + delay());
  at(rank.last_down, [this, command, checkpoint] {
    Rank& one = ranks_.at(command.rank);
    const bool was_busy = one.worker->busy();
    one.worker->assign(command, checkpoint);
    if (!was_busy) train(command.rank);
  });
}

void Cluster::carry_out(const schedule::AbandonCommand& command) {
  account_->command(command);
  Rank& rank = ranks_.at(command.rank);
  rank.last_down = std::max(rank.last_down, now_ + delay());
  at(rank.last_down, [this, command] {
    Rank& one = ranks_.at(command.rank);
    const std::uint64_t before = one.worker->ticket();
    one.worker->abandon(command.assignment);
    if (one.worker->ticket() != before) train(command.rank);
  });
}

// What was planned for this many events. A crash may come between any two.
void Cluster::disturb() {
  while (!disturbances_.empty() && disturbances_.begin()->first <= tally_.events) {
    const Disturbance what = disturbances_.begin()->second;
    disturbances_.erase(disturbances_.begin());
    switch (what) {
      case Disturbance::death:
        rank_dies();
        break;
      case Disturbance::silence:
        rank_falls_silent();
        return;
      case Disturbance::pause:
        ask_for_pause();
        restart(false);
        return;
      case Disturbance::crash:
        restart(true);
        return;
    }
  }
}

}  // namespace rondo::simulation
