// A worker's loop, with real training on a small table, told what to do by a script in the coordinator's
// place.
#include "worker/runtime/serve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/versions.h"
#include "common/data/csv.h"
#include "common/data/prepared.h"
#include "common/data/resolve.h"
#include "common/transport/in_process.h"
#include "rondo/message.pb.h"
#include "worker/kernels/self_test.h"
#include "worker/train/predictor.h"
#include "worker/train/trial.h"

namespace rondo::runtime {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::chrono::seconds forever{60};

std::string table_text() {
  std::string text = "a,b,colour,y\n";
  for (int row = 0; row < 90; ++row) {
    const int a = row * 37 % 101;
    const int b = row * 53 % 97;
    text += fmt::format("{},{},{},{}\n", a, b, row % 3 == 0 ? "red" : "blue", a + b > 95 ? "yes" : "no");
  }
  return text;
}

proto::Experiment experiment(std::uint32_t epochs) {
  proto::Experiment experiment;
  proto::DataSettings& data = *experiment.mutable_data();
  data.set_path("table.csv");
  data.set_target("y");
  data.set_task(proto::TASK_AUTO);
  data.set_metric(proto::METRIC_AUTO);
  data.set_numeric_imputation(proto::NUMERIC_IMPUTATION_MEDIAN);
  data.set_missing_indicator(true);
  data.set_one_hot_limit(32);
  experiment.mutable_split()->set_rule(proto::SPLIT_RULE_AUTO);
  experiment.mutable_split()->set_test(0.2);
  experiment.mutable_split()->set_validation(0.2);
  experiment.mutable_search()->set_seed(5);
  experiment.mutable_training()->set_epochs(epochs);
  experiment.mutable_training()->set_patience(0);
  experiment.mutable_training()->set_min_delta(0.0001);
  proto::Execution& execution = *experiment.mutable_execution();
  execution.set_rank_timeout_seconds(30);
  execution.set_checkpoint_seconds(3600);
  execution.set_report_seconds(0);
  return data::resolve(experiment, data::parse_csv(table_text(), "table.csv"));
}

proto::Assign assignment(std::uint64_t number, std::uint32_t first, std::uint32_t last) {
  proto::Assign assign;
  assign.set_assignment(number);
  assign.set_trial(7);
  proto::Architecture& network = *assign.mutable_architecture();
  network.add_blocks()->set_units(8);
  network.mutable_optimizer()->set_learning_rate(0.01F);
  network.set_batch_size(16);
  assign.set_first_epoch(first);
  assign.set_last_epoch(last);
  return assign;
}

// The coordinator's end of the line, and a worker in a thread.
class Serve : public ::testing::Test {
 protected:
  void start(WorkerOptions options = {}) {
    if (!options.read_table) options.read_table = [](const proto::Experiment&) { return table_text(); };
    worker_ = std::jthread([this, options] { result_ = serve(*ranks_[1], options); });
  }
  void set_up(std::uint32_t epochs = 6) {
    experiment_ = experiment(epochs);
    set_up_with(experiment_, sha256(table_text()));
  }
  void set_up_with(const proto::Experiment& experiment, const Digest& digest) {
    proto::ToWorker message;
    *message.mutable_setup()->mutable_experiment() = experiment;
    message.mutable_setup()->set_dataset_digest(to_bytes(digest));
    send(message);
  }
  void start_and_load(std::uint32_t epochs = 6, WorkerOptions options = {}) {
    start(std::move(options));
    EXPECT_TRUE(next().has_hello());
    set_up(epochs);
    const proto::ToCoordinator message = next();
    ASSERT_TRUE(message.has_loaded());
    ASSERT_EQ(message.loaded().failure(), "");
  }
  void assign(const proto::Assign& assign) {
    proto::ToWorker message;
    *message.mutable_assign() = assign;
    send(message);
  }
  ServeResult shut_down(bool everybody_leaves = true) {
    proto::ToWorker message;
    message.mutable_shutdown()->set_reason("the test is over");
    message.mutable_shutdown()->set_everybody_leaves(everybody_leaves);
    send(message);
    while (!next().has_goodbye()) {
    }
    worker_.join();
    return result_;
  }
  void TearDown() override {
    if (worker_.joinable()) {
      EXPECT_EQ(shut_down().end, ServeEnd::shut_down);
    }
  }

  void send(const proto::ToWorker& message) { ranks_[0]->send(RankId(1), message.SerializeAsString()); }
  proto::ToCoordinator next() {
    const auto deadline = std::chrono::steady_clock::now() + forever;
    proto::ToCoordinator message;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto arrived = ranks_[0]->receive();
      if (!arrived) {
        ranks_[0]->wait(milliseconds(5));
        continue;
      }
      if (!message.ParseFromString(arrived->bytes)) ADD_FAILURE() << "a message that cannot be read";
      if (!message.has_heartbeat()) return message;
    }
    ADD_FAILURE() << "no message came";
    message.mutable_goodbye();
    return message;
  }
  // Answers the worker's questions for the table until it has loaded it; and how many there were.
  std::pair<proto::Loaded, std::size_t> load_by_parts(const std::string& table) {
    for (std::size_t parts = 0;; ++parts) {
      const proto::ToCoordinator message = next();
      if (!message.has_table_request()) {
        EXPECT_TRUE(message.has_loaded());
        return {message.loaded(), parts};
      }
      constexpr std::size_t length = 300;
      const std::uint64_t offset = message.table_request().offset();
      proto::ToWorker answer;
      answer.mutable_table_part()->set_offset(offset);
      answer.mutable_table_part()->set_size(table.size());
      answer.mutable_table_part()->set_bytes(table.substr(offset, length));
      send(answer);
    }
  }
  // All reports of an assignment up to the one with which it is done, as one.
  proto::TrialReport whole_report() {
    proto::TrialReport whole;
    for (;;) {
      const proto::ToCoordinator message = next();
      if (!message.has_report()) {
        ADD_FAILURE() << message.ShortDebugString();
        return whole;
      }
      whole.MergeFrom(message.report());
      if (message.report().segment_done()) return whole;
    }
  }
  [[nodiscard]] train::Trial direct(bool final, std::uint32_t last_epoch) {
    const data::CsvTable table = data::parse_csv(table_text(), "table.csv");
    prepared_ = data::prepare(experiment_, table,
                              final ? data::FitOn::training_and_validation : data::FitOn::training);
    return {prepared_,
            {MasterSeed(5), TrialId(7), final, assignment(1, 1, 1).architecture(), experiment_.training(),
             Epoch(last_epoch)}};
  }

  std::vector<std::unique_ptr<transport::Transport>> ranks_ = transport::make_in_process(2);
  proto::Experiment experiment_;
  data::PreparedData prepared_;
  ServeResult result_;
  std::jthread worker_;
};

TEST_F(Serve, SaysWhatItIs) {
  start();
  const proto::ToCoordinator message = next();
  ASSERT_TRUE(message.has_hello());
  EXPECT_EQ(message.hello().protocol(), protocol_version);
  EXPECT_EQ(message.hello().versions().numerics(), numerics_version);
  EXPECT_EQ(message.hello().numerics_digest(), to_bytes(kernels::numerics_digest()));
  EXPECT_FALSE(message.hello().host().empty());
}

TEST_F(Serve, ReportsTheVeryResultsOfTheTrial) {
  start_and_load();
  assign(assignment(11, 1, 6));
  const proto::TrialReport report = whole_report();
  EXPECT_EQ(report.assignment(), 11U);
  EXPECT_EQ(report.trial(), 7U);
  ASSERT_EQ(report.epochs_size(), 6);
  train::Trial trial = direct(false, 0);
  for (const proto::EpochResult& epoch : report.epochs()) {
    EXPECT_EQ(epoch.SerializeAsString(), trial.train_epoch([] { return true; })->SerializeAsString());
  }
  ASSERT_TRUE(report.has_end());
  EXPECT_EQ(report.end().SerializeAsString(), trial.end()->SerializeAsString());
}

TEST_F(Serve, HandsBackASegmentThatDoesNotEndTheTrialAndContinuesOne) {
  start_and_load();
  assign(assignment(1, 1, 2));
  const proto::TrialReport first = whole_report();
  EXPECT_EQ(first.epochs_size(), 2);
  EXPECT_FALSE(first.has_end());
  EXPECT_EQ(first.checkpoint_epoch(), 2U);
  proto::Assign rest = assignment(2, 3, 6);
  rest.set_checkpoint(first.checkpoint());
  assign(rest);
  const proto::TrialReport second = whole_report();
  ASSERT_EQ(second.epochs_size(), 4) << "it started from the checkpoint";
  EXPECT_EQ(second.epochs(0).epoch(), 3U);
  assign(assignment(3, 1, 6));
  const proto::TrialReport whole = whole_report();
  EXPECT_EQ(second.end().SerializeAsString(), whole.end().SerializeAsString());
  EXPECT_EQ(second.epochs(3).SerializeAsString(), whole.epochs(5).SerializeAsString());
}

TEST_F(Serve, TrainsFromTheStartWhenTheCheckpointIsNoGood) {
  start_and_load();
  proto::Assign damaged = assignment(1, 3, 6);
  damaged.set_checkpoint("not a checkpoint");
  assign(damaged);
  EXPECT_EQ(whole_report().epochs(0).epoch(), 1U);
  assign(assignment(2, 1, 4));
  proto::Assign too_late = assignment(3, 3, 6);
  too_late.set_checkpoint(whole_report().checkpoint());
  assign(too_late);
  EXPECT_EQ(whole_report().epochs(0).epoch(), 1U) << "its epoch 3 would never have been reported";
}

TEST_F(Serve, SendsCheckpointsOnTheWayWhenTheyAreDue) {
  start();
  EXPECT_TRUE(next().has_hello());
  experiment_ = experiment(4);
  experiment_.mutable_execution()->set_checkpoint_seconds(0);
  set_up_with(experiment_, sha256(table_text()));
  EXPECT_EQ(next().loaded().failure(), "");
  assign(assignment(1, 1, 4));
  EXPECT_EQ(next().report().checkpoint_epoch(), 1U);
  EXPECT_EQ(next().report().checkpoint_epoch(), 2U);
  EXPECT_EQ(next().report().checkpoint_epoch(), 3U);
  const proto::TrialReport last = next().report();
  EXPECT_TRUE(last.has_end());
  EXPECT_EQ(last.checkpoint_epoch(), 0U);
}

TEST_F(Serve, StopsWhatIsAbandonedAndTakesTheNext) {
  start_and_load(1'000'000);
  assign(assignment(1, 1, 1'000'000));
  EXPECT_EQ(next().report().assignment(), 1U);
  proto::ToWorker message;
  message.mutable_abandon()->set_assignment(1);
  send(message);
  assign(assignment(2, 1, 3));
  for (;;) {
    const proto::TrialReport report = next().report();
    if (report.assignment() == 1) {
      EXPECT_FALSE(report.segment_done());
      continue;
    }
    EXPECT_EQ(report.assignment(), 2U);
    if (report.segment_done()) break;
  }
}

TEST_F(Serve, HandsBackWhatItTrainsWhenItIsToldToLeave) {
  start_and_load(1'000'000);
  assign(assignment(1, 1, 1'000'000));
  EXPECT_TRUE(next().has_report());
  proto::ToWorker message;
  message.mutable_shutdown()->set_reason("a pause");
  send(message);
  std::optional<proto::TrialReport> last;
  for (proto::ToCoordinator answer = next(); !answer.has_goodbye(); answer = next()) last = answer.report();
  worker_.join();
  ASSERT_TRUE(last);
  EXPECT_FALSE(last->segment_done());
  EXPECT_GT(last->checkpoint_epoch(), 0U);
  EXPECT_EQ(last->checkpoint_epoch(), last->epochs(last->epochs_size() - 1).epoch());
  EXPECT_EQ(result_.end, ServeEnd::shut_down);
  EXPECT_FALSE(result_.everybody_leaves);
}

TEST_F(Serve, RetrainsATrialAndSendsItsModel) {
  start_and_load();
  proto::Assign final = assignment(9, 1, 3);
  final.set_final(true);
  assign(final);
  const proto::TrialReport report = whole_report();
  ASSERT_TRUE(report.has_end());
  EXPECT_EQ(report.end().epochs(), 3U);
  EXPECT_EQ(report.checkpoint_epoch(), 0U);
  train::Trial trial = direct(true, 3);
  while (!trial.end()) static_cast<void>(trial.train_epoch([] { return true; }));
  EXPECT_EQ(report.model(), train::model_bytes(trial.model()));
  // And is ready for ordinary work again.
  assign(assignment(10, 1, 1));
  EXPECT_EQ(whole_report().epochs_size(), 1);
}

// Options of a worker that does not see the table, with this cache folder.
WorkerOptions without_table(const std::string& cache) {
  WorkerOptions options;
  options.read_table = [](const proto::Experiment&) -> std::string {
    throw_bad_input("table.csv is missing");
  };
  options.cache = {cache, 1U << 20U};
  return options;
}

TEST_F(Serve, AsksForATableThatItDoesNotSee) {
  std::string cache = ::testing::TempDir() + "/rondo-tables-XXXXXX";
  ASSERT_NE(mkdtemp(cache.data()), nullptr);
  // The second one has it from the first one's node.
  for (const char* const from : {"coordinator", "cache"}) {
    ranks_ = transport::make_in_process(2);
    start(without_table(cache));
    EXPECT_TRUE(next().has_hello());
    set_up();
    const auto [loaded, parts] = load_by_parts(table_text());
    EXPECT_EQ(loaded.failure(), "");
    EXPECT_EQ(loaded.table_from(), from);
    EXPECT_EQ(loaded.note(), "");
    EXPECT_EQ(parts > 1, from == std::string("coordinator")) << parts;
    assign(assignment(9, 1, 2));
    EXPECT_EQ(whole_report().epochs_size(), 2);
    EXPECT_EQ(shut_down().end, ServeEnd::shut_down);
  }
  std::filesystem::remove_all(cache);
}

TEST_F(Serve, ACandidateSaysWhatItsNetworkPredictsAndSendsNoCheckpoint) {
  start_and_load();
  proto::Assign assign = assignment(3, 1, 4);
  assign.set_candidate(true);
  this->assign(assign);
  const proto::TrialReport report = whole_report();
  EXPECT_FALSE(report.has_end()) << "the trial would go on";
  EXPECT_EQ(report.checkpoint_epoch(), 0U);
  ASSERT_EQ(report.epochs_size(), 4);
  train::Trial trial = direct(false, 0);
  for (const proto::EpochResult& epoch : report.epochs()) {
    EXPECT_EQ(trial.train_epoch([] { return true; })->SerializeAsString(), epoch.SerializeAsString());
  }
  EXPECT_EQ(report.candidate().values(), trial.validation_predictions());
  EXPECT_EQ(report.candidate().values().size(), prepared_.validation.rows * sizeof(float));
  EXPECT_EQ(report.candidate().weights_digest(), to_bytes(trial.best_digest()));
}

TEST_F(Serve, KeepsATableInMemoryThatTheCacheDoesNotTake) {
  start(without_table("/dev/null/cache"));
  EXPECT_TRUE(next().has_hello());
  set_up();
  const auto [loaded, parts] = load_by_parts(table_text());
  EXPECT_EQ(loaded.failure(), "");
  EXPECT_GT(parts, 1U);
  EXPECT_THAT(loaded.note(), HasSubstr("kept in memory"));
  // Read again for a retraining, without another word to the coordinator.
  proto::Assign assign = assignment(9, 1, 1);
  assign.set_final(true);
  this->assign(assign);
  EXPECT_EQ(whole_report().epochs_size(), 1);
}

TEST_F(Serve, SaysWhyItHasNoTable) {
  start(without_table(""));
  EXPECT_TRUE(next().has_hello());
  set_up();
  EXPECT_EQ(next().table_request().offset(), 0U);
  proto::ToWorker message;
  message.mutable_table_part()->set_failure("the file is gone");
  send(message);
  EXPECT_THAT(next().loaded().failure(),
              AllOf(HasSubstr("table.csv is missing"), HasSubstr("the file is gone")));
}

TEST_F(Serve, RefusesAnotherTableThanTheSearchBeganWith) {
  start();
  EXPECT_TRUE(next().has_hello());
  set_up_with(experiment(6), sha256("another table"));
  const auto [loaded, parts] = load_by_parts(table_text());
  EXPECT_THAT(loaded.failure(), AllOf(HasSubstr("its SHA-256 is"), HasSubstr("has changed")));
}

TEST_F(Serve, LeavesWhileItWaitsForItsTable) {
  start(without_table(""));
  EXPECT_TRUE(next().has_hello());
  set_up();
  EXPECT_TRUE(next().has_table_request());
  EXPECT_EQ(shut_down().end, ServeEnd::shut_down);
}

TEST_F(Serve, LosesNoMoreThanTheEpochThatItGivesUp) {
  for (int round = 0; round < 5; ++round) {
    ranks_ = transport::make_in_process(2);
    WorkerOptions options;
    options.last_epoch_allowance = milliseconds(0);
    options.long_epoch = milliseconds(0);
    start_and_load(100'000, options);
    assign(assignment(9, 1, 100'000));
    std::uint32_t reported = 0;
    while (reported < 20) reported += static_cast<std::uint32_t>(next().report().epochs_size());
    proto::ToWorker message;
    message.mutable_shutdown()->set_reason("paused");
    message.mutable_shutdown()->set_everybody_leaves(true);
    send(message);
    proto::TrialReport last;
    for (proto::ToCoordinator answer = next(); answer.has_report(); answer = next()) {
      last = answer.report();
      reported += static_cast<std::uint32_t>(last.epochs_size());
    }
    worker_.join();
    EXPECT_EQ(last.checkpoint_epoch(), reported);
    EXPECT_FALSE(last.segment_done());
    // It is what the trial has after these epochs.
    train::Trial trial = direct(false, 100'000);
    trial.restore(last.checkpoint());
    EXPECT_EQ(trial.epochs_done().value(), reported);
  }
}

TEST_F(Serve, LeavesWhenTheCoordinatorIsSilent) {
  WorkerOptions options;
  options.first_word = milliseconds(200);
  start(options);
  worker_.join();
  EXPECT_EQ(result_.end, ServeEnd::coordinator_lost);
  EXPECT_FALSE(result_.everybody_leaves);
}

TEST_F(Serve, LeavesASilentCoordinatorInTheMiddleOfATrial) {
  start();
  EXPECT_TRUE(next().has_hello());
  experiment_ = experiment(1'000'000);
  experiment_.mutable_execution()->set_rank_timeout_seconds(0.5);
  set_up_with(experiment_, sha256(table_text()));
  EXPECT_EQ(next().loaded().failure(), "");
  assign(assignment(1, 1, 1'000'000));
  worker_.join();
  EXPECT_EQ(result_.end, ServeEnd::coordinator_lost);
}

TEST_F(Serve, IsTestedWithDelaysThatChangeNoResult) {
  WorkerOptions options;
  options.longest_test_delay = milliseconds(3);
  options.test_delay_seed = 4;
  start_and_load(6, options);
  assign(assignment(1, 1, 6));
  train::Trial trial = direct(false, 0);
  while (!trial.end()) static_cast<void>(trial.train_epoch([] { return true; }));
  EXPECT_EQ(whole_report().end().SerializeAsString(), trial.end()->SerializeAsString());
}

TEST(WorkerOptions, AreReadFromTheEnvironment) {
  unsetenv("RONDO_TEST_DELAY");
  EXPECT_EQ(worker_options_from_environment().longest_test_delay.count(), 0);
  setenv("RONDO_TEST_DELAY", "20:7", 1);
  EXPECT_EQ(worker_options_from_environment().longest_test_delay, milliseconds(20));
  EXPECT_EQ(worker_options_from_environment().test_delay_seed, 7U);
  for (const char* wrong : {"soon", "20:", "20:x", "999999999:1"}) {
    setenv("RONDO_TEST_DELAY", wrong, 1);
    EXPECT_THROW(static_cast<void>(worker_options_from_environment()), Error) << wrong;
  }
  unsetenv("RONDO_TEST_DELAY");
}

}  // namespace
}  // namespace rondo::runtime
