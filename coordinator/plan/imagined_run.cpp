#include "coordinator/plan/imagined_run.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/random/draws.h"

namespace rondo::plan {

namespace {

// What each purpose's draws stand apart by, in place of a tensor's number.
enum class Draw : std::uint32_t { cost = 1, end = 2, quality = 3, slow = 4 };

class Imagined {
 public:
  Imagined(const Search& search, const Conditions& conditions)
      : search_(search),
        conditions_(conditions),
        core_(search.options, search.proposer, search.stopper),
        workers_(conditions.workers) {}

  Usage run() {
    carry_out(core_.start());
    for (std::uint32_t index = 0; index < workers_.size(); ++index) {
      carry_out(core_.step(schedule::RankJoined{rank_of(index)}));
    }
    while (!agenda_.empty()) {
      const auto next = agenda_.begin();
      now_ = next->first.first;
      const std::uint32_t index = next->second;
      agenda_.erase(next);
      finish_epoch(index);
    }
    RONDO_CHECK(core_.finished(), "{} trials", core_.history().size());
    return usage();
  }

 private:
  using Agenda = std::map<std::pair<double, std::uint64_t>, std::uint32_t>;

  struct Worker {
    std::optional<schedule::AssignCommand> work;
    std::uint32_t done = 0;  // epochs of the trial
    double epoch_time = 0;
    Agenda::iterator arranged;  // meaningful beside work
  };

  struct Trial {
    double time = 0;         // of an epoch on a worker that is not slow
    std::uint32_t last = 0;  // the epoch that ends it
    double quality = 0;
    std::vector<double> spent;  // on each epoch, when it was trained first
  };

  // The coordinator is rank 0.
  static RankId rank_of(std::uint32_t index) { return RankId(index + 1); }

  [[nodiscard]] double draw(Draw purpose, std::uint64_t element) const {
    return random::Draws(random::Key(conditions_.seed), random::Stream::sampler,
                         static_cast<std::uint32_t>(purpose))
        .uniform_double(element);
  }

  Trial& trial(const schedule::AssignCommand& command) {
    const auto [found, is_new] = trials_.try_emplace(command.trial);
    if (!is_new) return found->second;
    Trial& made = found->second;
    const std::uint64_t id = command.trial.value();
    const auto ticks = static_cast<double>(search_.ticks_per_epoch(command.architecture).value());
    made.time = ticks * (1 + conditions_.cost_error * (2 * draw(Draw::cost, id) - 1));
    made.last = search_.options.epochs.value();
    if (!search_.ends.empty()) {
      const double place = draw(Draw::end, id) * static_cast<double>(search_.ends.size());
      made.last = std::min(made.last, search_.ends[static_cast<std::size_t>(place)].value());
    }
    made.quality = draw(Draw::quality, id);
    return made;
  }

  void carry_out(schedule::Ready ready) {
    RONDO_CHECK(!ready.fault, "{}", *ready.fault);
    std::vector<schedule::ResultArrived> handed_back;
    for (const schedule::Command& command : ready.commands) {
      if (const auto* const assigned = std::get_if<schedule::AssignCommand>(&command)) {
        begin(*assigned);
      } else if (auto result = abandon(std::get<schedule::AbandonCommand>(command))) {
        handed_back.push_back(std::move(*result));
      }
    }
    for (const schedule::ResultArrived& result : handed_back) carry_out(core_.step(result));
  }

  // The epoch at hand is lost; those before it come back as a checkpoint.
  std::optional<schedule::ResultArrived> abandon(const schedule::AbandonCommand& command) {
    const std::uint32_t index = command.rank.value() - 1;
    Worker& worker = workers_[index];
    if (!worker.work || worker.work->assignment != command.assignment) return std::nullopt;
    trained_ += worker.epoch_time - (worker.arranged->first.first - now_);
    agenda_.erase(worker.arranged);
    const schedule::AssignCommand work = *std::exchange(worker.work, std::nullopt);
    if (Epoch(worker.done) == work.checkpoint) return std::nullopt;
    schedule::ResultArrived result = report(index, work);
    result.checkpoint = Epoch(worker.done);
    return result;
  }

  void begin(const schedule::AssignCommand& command) {
    Worker& worker = workers_[command.rank.value() - 1];
    RONDO_CHECK(!worker.work, "rank {}", command.rank.value());
    worker.work = command;
    worker.done = command.checkpoint.value();
    const bool slow = draw(Draw::slow, assignments_++) < conditions_.slow_share;
    worker.epoch_time = trial(command).time * (slow ? conditions_.slowness : 1);
    arrange(command.rank.value() - 1);
  }

  void arrange(std::uint32_t index) {
    Worker& worker = workers_[index];
    worker.arranged = agenda_.emplace(std::pair(now_ + worker.epoch_time, arranged_++), index).first;
  }

  void finish_epoch(std::uint32_t index) {
    Worker& worker = workers_[index];
    Trial& made = trial(*worker.work);
    ++worker.done;
    trained_ += worker.epoch_time;
    if (worker.done > made.spent.size()) made.spent.push_back(worker.epoch_time);

    schedule::ResultArrived result = report(index, *worker.work);
    if (worker.done == made.last) result.end = end_of(made);
    result.segment_done = result.end.has_value() || Epoch(worker.done) == worker.work->last_epoch;
    if (result.segment_done) {
      if (!result.end) result.checkpoint = Epoch(worker.done);
      worker.work.reset();
    } else {
      arrange(index);
    }
    carry_out(core_.step(result));
  }

  // Of the worker's latest epoch.
  schedule::ResultArrived report(std::uint32_t index, const schedule::AssignCommand& work) {
    schedule::ResultArrived result;
    result.rank = rank_of(index);
    result.assignment = work.assignment;
    result.trial = work.trial;
    result.epochs.push_back(epoch_result(trial(work), workers_[index].done));
    return result;
  }

  [[nodiscard]] schedule::EpochResult epoch_result(const Trial& made, std::uint32_t epoch) const {
    schedule::EpochResult result;
    result.epoch = Epoch(epoch);
    result.train_loss = made.quality + 1.0 / epoch;
    result.validation_loss = result.train_loss;
    result.score = search_.higher_is_better ? 1 - result.train_loss : result.train_loss;
    return result;
  }

  [[nodiscard]] schedule::TrialEnd end_of(const Trial& made) const {
    const schedule::EpochResult last = epoch_result(made, made.last);
    schedule::TrialEnd end;
    end.epochs = last.epoch;
    end.best_epoch = last.epoch;
    end.best_score = last.score;
    end.best_validation_loss = last.validation_loss;
    return end;
  }

  [[nodiscard]] Usage usage() const {
    double useful = 0;
    for (const search::TrialRecord& record : core_.history().trials()) {
      const auto found = trials_.find(record.id);
      if (found == trials_.end()) continue;  // too large, or cut before it began
      for (std::size_t epoch = 0; epoch < record.epochs.size(); ++epoch) useful += found->second.spent[epoch];
    }
    Usage result;
    result.makespan = now_;
    const double all = now_ * conditions_.workers;
    if (all > 0) {
      result.useful = useful / all;
      result.discarded = std::max(0.0, trained_ - useful) / all;
    }
    return result;
  }

  const Search& search_;
  const Conditions& conditions_;
  schedule::Core core_;
  std::vector<Worker> workers_;
  std::map<TrialId, Trial> trials_;
  Agenda agenda_;
  std::uint64_t arranged_ = 0;
  std::uint64_t assignments_ = 0;
  double now_ = 0;
  double trained_ = 0;
};

}  // namespace

Usage imagine(const Search& search, const Conditions& conditions) {
  RONDO_CHECK(conditions.workers > 0 && conditions.cost_error < 1, "{} workers", conditions.workers);
  return Imagined(search, conditions).run();
}

}  // namespace rondo::plan
