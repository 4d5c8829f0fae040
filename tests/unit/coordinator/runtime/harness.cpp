#include "tests/unit/coordinator/runtime/harness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "common/architecture/architecture.h"
#include "common/transport/in_process.h"

namespace rondo::runtime::testing {

namespace {

namespace fs = std::filesystem;

// Its networks depend on every result that it is shown, in the order in which it is shown them.
class SensitiveProposer final : public search::Proposer {
 public:
  [[nodiscard]] bool reads_history() const override { return true; }
  [[nodiscard]] std::optional<search::Proposal> propose(TrialId id, std::uint32_t attempt,
                                                        const search::History& history) const override {
    std::string seen = std::to_string(id.value()) + " " + std::to_string(attempt);
    for (const TrialId ended : history.ended()) seen += " " + std::to_string(ended.value());
    for (const search::TrialRecord& trial : history.trials())
      seen += " " + std::to_string(trial.epochs.size());
    const std::uint64_t bits = xxh3_64(seen);
    proto::Architecture network;
    network.add_blocks()->set_units(1 + static_cast<std::uint32_t>(bits % 1000));
    network.mutable_optimizer()->set_learning_rate(0.001F);
    network.set_batch_size(32);
    search::Proposal proposal;
    proposal.architecture = canonical_bytes(network);
    proposal.digest = content_digest(proposal.architecture);
    proposal.ticks_per_epoch = Tick(1 + (bits >> 32U) % 7);
    proposal.parameters = bits % 1000;
    return proposal;
  }
};

proto::Experiment experiment(const SearchSetup& setup) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_path("table.csv");
  experiment.mutable_data()->set_target("y");
  experiment.mutable_data()->set_task(proto::TASK_BINARY);
  experiment.mutable_data()->set_metric(proto::METRIC_ACCURACY);
  experiment.mutable_search()->set_seed(3);
  experiment.mutable_search()->set_lanes(setup.lanes);
  experiment.mutable_training()->set_epochs(9);
  experiment.mutable_final()->set_ensemble(3);
  experiment.mutable_final()->set_candidates(6);
  if (setup.greedy) experiment.mutable_final()->set_ensemble_rule(proto::ENSEMBLE_RULE_GREEDY);
  experiment.mutable_budget()->set_trials(setup.trials);
  experiment.mutable_execution()->set_rank_timeout_seconds(setup.rank_timeout_seconds);
  experiment.mutable_execution()->set_max_infrastructure_failures(setup.max_infrastructure_failures);
  return experiment;
}

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "(missing)";
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

Folder::Folder() {
  path_ = ::testing::TempDir() + "/rondo-driver-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "cannot make " << path_;
}

Folder::~Folder() {
  fs::remove_all(path_);
}

SearchRun search(const SearchSetup& setup) {
  store::PosixFileSystem files;
  DriverOptions options;
  options.experiment = experiment(setup);
  options.dataset = sha256("the table");
  options.numerics = scripted_numerics();
  options.schedule.lanes = setup.lanes;
  options.schedule.trials = setup.trials;
  options.schedule.epochs = Epoch(9);
  options.schedule.max_infrastructure_failures = setup.max_infrastructure_failures;
  options.progress_interval = std::chrono::milliseconds(0);
  options.pause_at = setup.pause_at;
  options.group_commit = std::chrono::milliseconds(5);
  store::RunFolder folder = store::RunFolder::open(
      files, {setup.folder, options.experiment, options.dataset, "text\n", false, false});

  auto endpoints = transport::make_in_process(static_cast<std::uint32_t>(setup.workers.size()) + 1);
  Tally tally;
  std::vector<std::jthread> threads;
  for (std::size_t index = 0; index < setup.workers.size(); ++index) {
    threads.emplace_back([&transport = *endpoints[index + 1], &script = setup.workers[index], &tally] {
      work(transport, script, tally);
    });
  }
  SearchRun run;
  std::atomic<bool> pause{false};
  DriverCallbacks callbacks;
  callbacks.progress = [&](const SearchProgress& progress) {
    if (setup.pause_when && setup.pause_when(progress)) pause = true;
  };
  callbacks.message = [&](const std::string& text) {
    run.messages.push_back(text);
    if (setup.message) setup.message(text);
  };
  callbacks.evaluate = [](const std::string& model) {
    std::vector<proto::NamedValue> metrics(1);
    metrics[0].set_name("bytes");
    metrics[0].set_value(static_cast<double>(model.size()));
    return metrics;
  };
  callbacks.validation_truth = [] {
    search::ValidationTruth truth{proto::METRIC_ACCURACY, 1, {}, {}};
    for (std::uint32_t row = 0; row < scripted_validation_rows; ++row) truth.classes.push_back(row % 2);
    return truth;
  };
  const SensitiveProposer proposer;
  const search::NoStopper stopper;
  run.result = drive(*endpoints[0], files, folder, proposer, stopper, options, callbacks, pause);
  threads.clear();
  run.epochs = tally.epochs;
  run.from_checkpoint = tally.from_checkpoint;
  run.bad_checkpoints = tally.bad_checkpoints;
  run.retrainings = tally.retrainings;
  run.candidates = tally.candidates;
  return run;
}

std::map<std::string, std::string> contract(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const char* name : {"journal.rondo", "final.rondo", "models/best/model.rondo"}) {
    files[name] = file_bytes(folder + "/" + name);
  }
  return files;
}

void snapshot(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
  fs::remove(to + "/.lock");
}

}  // namespace rondo::runtime::testing
