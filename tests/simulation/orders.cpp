#include "tests/simulation/orders.h"

#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "tests/simulation/checkers.h"

namespace rondo::simulation {

namespace {

// A path through the tree of choices: at every step one of `count` was taken.
struct Choice {
  std::size_t taken = 0;
  std::size_t count = 0;
};

// The next path in depth-first order. False: there is none.
bool next_path(std::vector<Choice>& path) {
  while (!path.empty() && path.back().taken + 1 == path.back().count) path.pop_back();
  if (path.empty()) return false;
  ++path.back().taken;
  return true;
}

// One order: ranks that train at once and whose messages lie in queues, until a choice delivers one.
class Order {
 public:
  Order(const Workload& workload, const Reference& reference, const OrderOptions& options,
        std::vector<Choice>& path)
      : workload_(workload),
        options_(options),
        path_(path),
        journal_(reference),
        account_(workload.options(), reference),
        core_(workload.core_options(workload.options().trials), workload.proposer(), workload.stopper()) {}

  void run() {
    carry_out(core_.start());
    for (std::uint32_t rank = 1; rank <= options_.ranks; ++rank) {
      const schedule::RankJoined joined{RankId(rank)};
      if (options_.any_start) {
        queues_[RankId(rank)].push_back(joined);
      } else {
        queues_[RankId(rank)] = {};
        step(joined);
      }
    }
    while (!core_.finished()) act();
    if (!journal_.complete()) throw Violation{Verdict::divergence, "the journal is not complete"};
  }

 private:
  std::size_t choose(std::size_t count) {
    if (count == 1) return 0;
    if (depth_ == path_.size()) path_.push_back({0, count});
    RONDO_CHECK(path_[depth_].count == count, "{} of {}", count, path_[depth_].count);
    return path_[depth_++].taken;
  }

  void act() {
    std::vector<RankId> senders;
    std::vector<RankId> mortals;
    for (const auto& [rank, queue] : queues_) {
      if (!queue.empty()) senders.push_back(rank);
      if (options_.one_dies && !died_ && account_.present(rank)) mortals.push_back(rank);
    }
    const bool again = !second_.empty();
    const std::size_t count = senders.size() + mortals.size() + (again ? 1 : 0);
    if (count == 0) throw Violation{Verdict::no_progress, "no message is left"};
    const std::size_t choice = choose(count);
    if (choice < senders.size()) {
      std::deque<schedule::Event>& queue = queues_.at(senders[choice]);
      const schedule::Event event = std::move(queue.front());
      queue.pop_front();
      if (options_.repeated) second_.push_back(event);
      step(event);
    } else if (choice < senders.size() + mortals.size()) {
      die(mortals[choice - senders.size()]);
    } else {
      const schedule::Event event = std::move(second_.front());
      second_.pop_front();
      step(event);
    }
  }

  void die(RankId rank) {
    died_ = true;
    queues_.at(rank).clear();
    step(schedule::RankLost{rank});
  }

  void step(const schedule::Event& event) {
    if (account_.event(event)) throw Violation{Verdict::crash, "the simulated ranks contradict each other"};
    carry_out(core_.step(event));
    if (!core_.finished()) account_.no_rank_waits();
  }

  void carry_out(const schedule::Ready& ready) {
    if (ready.fault) throw Violation{Verdict::divergence, *ready.fault};
    journal_.records(ready.records);
    account_.records(ready.records);
    for (const schedule::Command& command : ready.commands) {
      if (const auto* const assign = std::get_if<schedule::AssignCommand>(&command)) {
        account_.command(*assign);
        train(*assign);
      } else {
        const auto& abandon = std::get<schedule::AbandonCommand>(command);
        account_.command(abandon);
        if (!options_.abandoned_arrives) queues_.at(abandon.rank).clear();
      }
    }
    for (const TrialId trial : ready.release) account_.release(trial);
  }

  void train(const schedule::AssignCommand& command) {
    const Truth truth = workload_.truth(command.trial, command.architecture);
    schedule::ResultArrived report;
    report.rank = command.rank;
    report.assignment = command.assignment;
    report.trial = command.trial;
    for (std::uint32_t epoch = command.checkpoint.value() + 1; epoch <= truth.epochs.size(); ++epoch) {
      report.epochs.push_back(truth.epochs[epoch - 1]);
      const bool ended = epoch == truth.epochs.size();
      report.segment_done = ended || epoch == command.last_epoch.value();
      report.checkpoint = ended ? Epoch(0) : Epoch(epoch);
      if (ended) report.end = truth.end;
      if (report.segment_done || !options_.whole_segments) {
        queues_[command.rank].push_back(report);
        report.epochs.clear();
      }
      if (report.segment_done) break;
    }
  }

  const Workload& workload_;
  const OrderOptions& options_;
  std::vector<Choice>& path_;
  std::size_t depth_ = 0;
  JournalChecker journal_;
  Account account_;
  schedule::Core core_;
  std::map<RankId, std::deque<schedule::Event>> queues_;
  std::deque<schedule::Event> second_;
  bool died_ = false;
};

}  // namespace

std::uint64_t check_every_order(const WorkloadOptions& options, const OrderOptions& orders) {
  const Workload workload(options);
  const Reference expected = reference(workload, options.trials);
  std::vector<Choice> path;
  std::uint64_t count = 0;
  do {
    Order(workload, expected, orders, path).run();
    ++count;
  } while (next_path(path));
  return count;
}

}  // namespace rondo::simulation
