// Proposals and commits a second of the coordinator: production's core and journal, on the disk in group
// commits, with workers that answer at once. And the peak of memory.
//
//     decisions_bench [TRIALS [FOLDER]]     100,000 trials and a journal in /tmp unless given
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "common/architecture/architecture.h"
#include "common/base/text.h"
#include "common/experiment/schema.h"
#include "coordinator/schedule/core.h"
#include "coordinator/search/make_proposer.h"
#include "coordinator/search/make_stopper.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/run_folder.h"

namespace {

using namespace rondo;
using Clock = std::chrono::steady_clock;

constexpr ProblemShape shape{.inputs = 10, .outputs = 1, .training_rows = 800};
constexpr std::uint32_t workers = 64;
constexpr std::chrono::milliseconds group_commit{25};  // the driver's

proto::Experiment experiment_of(proto::SamplerKind sampler, proto::StopperKind stopper,
                                std::uint32_t epochs) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_metric(proto::METRIC_ACCURACY);
  experiment.mutable_search()->set_sampler(sampler);
  experiment.mutable_search()->set_stopper(stopper);
  experiment.mutable_search()->set_lanes(3 * workers);
  experiment.mutable_training()->set_epochs(epochs);
  // As many networks that a million trials are hardly ever drawn again.
  for (std::uint32_t units = 1; units <= 512; ++units) experiment.mutable_space()->add_units(units);
  fill_defaults(experiment);
  return experiment;
}

store::RunRequest request_of(const proto::Experiment& experiment) {
  store::RunRequest request;
  request.experiment = experiment;
  return request;
}

class Search {
 public:
  Search(const proto::Experiment& experiment, std::uint64_t trials, store::FileSystem& files,
         const std::string& path)
      : proposer_(search::make_proposer(experiment, shape)),
        stopper_(search::make_stopper(experiment)),
        core_(options(experiment, trials), *proposer_, *stopper_),
        journal_(store::Journal::create(files, path, store::header_of(request_of(experiment)))),
        epochs_(experiment.training().epochs()) {}

  void run() {
    carry_out(core_.start());
    for (std::uint32_t rank = 1; rank <= workers; ++rank)
      carry_out(core_.step(schedule::RankJoined{RankId(rank)}));
    while (!work_.empty()) {
      const schedule::AssignCommand command = std::move(work_.front());
      work_.pop_front();
      carry_out(core_.step(trained(command)));
      if (Clock::now() - synced_ >= group_commit) sync();
    }
    sync();
  }

  [[nodiscard]] std::uint64_t records() const { return journal_.count(); }
  [[nodiscard]] bool finished() const { return core_.finished(); }

 private:
  static schedule::Options options(const proto::Experiment& experiment, std::uint64_t trials) {
    schedule::Options options;
    options.lanes = experiment.search().lanes();
    options.trials = trials;
    options.epochs = Epoch(experiment.training().epochs());
    return options;
  }

  void sync() {
    journal_.sync();
    synced_ = Clock::now();
  }

  void carry_out(const schedule::Ready& ready) {
    journal_.append(ready.records);
    for (const schedule::Command& command : ready.commands) {
      if (const auto* const assigned = std::get_if<schedule::AssignCommand>(&command)) {
        work_.push_back(*assigned);
      } else {
        const schedule::AssignmentId gone = std::get<schedule::AbandonCommand>(command).assignment;
        std::erase_if(work_, [gone](const schedule::AssignCommand& one) { return one.assignment == gone; });
      }
    }
  }

  // The whole segment in one report, with a loss that differs from trial to trial.
  [[nodiscard]] schedule::ResultArrived trained(const schedule::AssignCommand& command) const {
    schedule::ResultArrived result;
    result.rank = command.rank;
    result.assignment = command.assignment;
    result.trial = command.trial;
    result.segment_done = true;
    const double quality = static_cast<double>(command.trial.value() * 2654435761U % 1'000'003) / 1'000'003;
    for (std::uint32_t number = command.first_epoch.value(); number <= command.last_epoch.value(); ++number) {
      schedule::EpochResult epoch;
      epoch.epoch = Epoch(number);
      epoch.train_loss = epoch.validation_loss = quality + 1.0 / number;
      epoch.score = 1 - quality / number;
      result.epochs.push_back(epoch);
    }
    if (command.last_epoch == epochs_) {
      schedule::TrialEnd end;
      end.epochs = end.best_epoch = command.last_epoch;
      end.best_score = result.epochs.back().score;
      end.best_validation_loss = result.epochs.back().validation_loss;
      result.end = end;
    } else {
      result.checkpoint = command.last_epoch;
    }
    return result;
  }

  std::unique_ptr<search::Proposer> proposer_;
  std::unique_ptr<search::Stopper> stopper_;
  schedule::Core core_;
  store::Journal journal_;
  Epoch epochs_;
  std::deque<schedule::AssignCommand> work_;
  Clock::time_point synced_ = Clock::now();
};

void measure(const char* name, const proto::Experiment& experiment, std::uint64_t trials,
             const std::string& path) {
  store::PosixFileSystem files;
  files.remove(path);
  const auto start = Clock::now();
  Search search(experiment, trials, files, path);
  search.run();
  const std::chrono::duration<double> seconds = Clock::now() - start;
  fmt::print("{:10} {:>8} trials {:>9} records {:>8.0f} trials a second {:>8.0f} records a second{}", name,
             trials, search.records(), static_cast<double>(trials) / seconds.count(),
             static_cast<double>(search.records()) / seconds.count(),
             search.finished() ? "" : "  NOT FINISHED");
  std::fflush(stdout);
  files.remove(path);
}

// In a process of its own, so that its peak of memory is that of this search.
void measure_apart(const char* name, const proto::Experiment& experiment, std::uint64_t trials,
                   const std::string& path) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    int code = 0;
    try {
      measure(name, experiment, trials, path);
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
      code = 1;
    }
    _exit(code);
  }
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  if (status != 0) throw std::runtime_error(fmt::format("the search with {} failed", name));
  fmt::print(" {:>6} bytes a trial\n", static_cast<std::uint64_t>(used.ru_maxrss) * 1024 / trials);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::uint64_t trials = argc > 1 ? parse_u64(argv[1]).value_or(0) : 100'000;
    const std::string folder = argc > 2 ? argv[2] : "/tmp";
    if (trials == 0 || argc > 3) {
      fmt::print(stderr, "usage: decisions_bench [TRIALS [FOLDER]]\n");
      return 2;
    }
    const std::string path = store::join_path(folder, "decisions_bench.journal");
    using proto::SAMPLER_KIND_EVOLUTION, proto::SAMPLER_KIND_RANDOM;
    measure_apart("random", experiment_of(SAMPLER_KIND_RANDOM, proto::STOPPER_KIND_NONE, 1), trials, path);
    measure_apart("evolution", experiment_of(SAMPLER_KIND_EVOLUTION, proto::STOPPER_KIND_NONE, 1), trials,
                  path);
    measure_apart("asha", experiment_of(SAMPLER_KIND_RANDOM, proto::STOPPER_KIND_ASHA, 27), trials, path);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
