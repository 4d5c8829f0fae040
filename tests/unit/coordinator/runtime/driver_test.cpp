#include "coordinator/runtime/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "common/experiment/canonical.h"
#include "rondo/model.pb.h"
#include "tests/unit/coordinator/runtime/harness.h"

namespace rondo::runtime {
namespace {

using ::testing::Contains;
using testing::contract;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Script;
using testing::search;
using testing::SearchRun;
using testing::SearchSetup;

std::vector<Script> workers(std::size_t count, std::uint64_t sleep = 0, std::uint64_t seed = 0) {
  std::vector<Script> scripts(count);
  for (std::size_t index = 0; index < count; ++index) {
    scripts[index].most_sleep_microseconds = sleep;
    scripts[index].sleep_seed = seed * 100 + index;
    scripts[index].report_every = 1 + (seed + index) % 3;
  }
  return scripts;
}

SearchSetup in(const std::string& folder, std::vector<Script> scripts = workers(1)) {
  SearchSetup setup;
  setup.folder = folder;
  setup.workers = std::move(scripts);
  return setup;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// One worker, nothing goes wrong: what every other run is compared with.
class Driver : public ::testing::Test {
 protected:
  Driver() : reference_run_(search(in(folder_ / "reference"))), reference_(contract(folder_ / "reference")) {}

  Folder folder_;
  SearchRun reference_run_;
  std::map<std::string, std::string> reference_;
};

TEST_F(Driver, FinishesWithAWinnerAndItsModel) {
  EXPECT_EQ(reference_run_.result.exit, ExitCode::done);
  EXPECT_EQ(reference_run_.result.counts.proposed, 24U);
  EXPECT_EQ(reference_run_.result.counts.ended, 24U);
  EXPECT_EQ(reference_run_.result.workers, 1U);
  EXPECT_TRUE(reference_run_.result.everybody_leaves);
  ASSERT_TRUE(reference_run_.result.final_result);
  EXPECT_EQ(reference_run_.result.final_result->journal_records(), reference_run_.result.records);
  const std::string& model = reference_.at("models/best/model.rondo");
  proto::Model read;
  parse_canonical(model, read);
  const proto::FinalResult& final_result = *reference_run_.result.final_result;
  ASSERT_EQ(final_result.networks_size(), 3);
  ASSERT_EQ(read.networks_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(read.networks(i).trial(), final_result.networks(i).trial());
  ASSERT_EQ(final_result.test_metrics_size(), 1);
  EXPECT_EQ(final_result.test_metrics(0).value(), static_cast<double>(model.size()));
  EXPECT_GT(reference_.at("journal.rondo").size(), 1'000U);
  const auto status = text_of(folder_ / "reference/status.json");
  EXPECT_THAT(status, HasSubstr("\"done\""));
  EXPECT_THAT(text_of(folder_ / "reference/telemetry.jsonl"), HasSubstr("rank_joined"));
}

TEST_F(Driver, AnyNumberAndSpeedOfWorkersGivesTheSameBytes) {
  for (const std::size_t count : {1U, 2U, 3U, 5U, 8U}) {
    for (const std::uint64_t seed : {1U, 2U}) {
      const std::string folder = folder_ / ("workers" + std::to_string(count) + "-" + std::to_string(seed));
      const SearchRun run = search(in(folder, workers(count, 2'000, seed)));
      EXPECT_EQ(run.result.exit, ExitCode::done);
      EXPECT_EQ(run.result.workers, count);
      EXPECT_EQ(contract(folder), reference_) << count << " workers, seed " << seed;
      EXPECT_EQ(run.bad_checkpoints, 0U);
    }
  }
}

TEST_F(Driver, AFinishedSearchStaysAsItIs) {
  const SearchRun again = search(in(folder_ / "reference"));
  EXPECT_EQ(again.result.exit, ExitCode::done);
  EXPECT_EQ(again.epochs, 0U);
  EXPECT_TRUE(again.result.final_result);
  EXPECT_EQ(contract(folder_ / "reference"), reference_);
}

TEST_F(Driver, PausesAtItsTimeAndResumedItEndsEqual) {
  SearchSetup setup = in(folder_ / "limited", workers(2, 300, 1));
  setup.pause_at = PauseTime{std::chrono::steady_clock::now(), "paused at the time limit of 1s"};
  const SearchRun limited = search(setup);
  EXPECT_EQ(limited.result.exit, ExitCode::paused);
  EXPECT_THAT(limited.result.message, HasSubstr("paused at the time limit of 1s; go on with: rondo resume"));
  EXPECT_THAT(text_of(folder_ / "limited/status.json"), HasSubstr("\"paused\""));
  setup.pause_at = PauseTime{std::chrono::steady_clock::now() + std::chrono::hours(1), "not yet"};
  EXPECT_EQ(search(setup).result.exit, ExitCode::done);
  EXPECT_EQ(contract(folder_ / "limited"), reference_);
}

TEST_F(Driver, PausedAnywhereAndResumedItEndsEqual) {
  std::uint64_t pauses = 0;
  for (std::uint64_t first = 0; first < 60; first += 9) {
    const std::string folder = folder_ / ("paused" + std::to_string(first));
    SearchSetup setup = in(folder, workers(3, 300, first));
    std::uint64_t pause_at = first;
    setup.pause_when = [&](const SearchProgress& progress) {
      return progress.counts.epochs_committed >= pause_at;
    };
    SearchRun run = search(setup);
    std::uint64_t epochs = run.epochs;
    while (run.result.exit == ExitCode::paused) {
      ++pauses;
      EXPECT_THAT(run.result.message, HasSubstr("rondo resume"));
      const std::string so_far = contract(folder).at("journal.rondo");
      EXPECT_EQ(reference_.at("journal.rondo").substr(0, so_far.size()), so_far)
          << "no prefix of the finished one";
      setup.workers = workers(1 + pauses % 4, 300, first + pauses);
      pause_at = run.result.counts.epochs_committed + 15;
      run = search(setup);
      epochs += run.epochs;
    }
    EXPECT_EQ(run.result.exit, ExitCode::done);
    EXPECT_EQ(contract(folder), reference_) << "paused first after " << first << " epochs";
    // What is handed back and kept need not be trained again: only epochs ahead of a decision may be wasted.
    EXPECT_LT(epochs, 2 * reference_run_.epochs);
  }
  EXPECT_GT(pauses, 10U);
}

// A slow machine copies a folder while the workers finish much of the search: it takes more than one then.
TEST_F(Driver, ACrashAnywhereAndAResumeEndEqual) {
  std::vector<std::string> crashes;
  for (std::uint64_t seed = 7; crashes.size() <= 5; ++seed) {
    const std::string running = folder_ / ("running" + std::to_string(seed));
    SearchSetup setup = in(running, workers(3, 300, seed));
    std::uint64_t next = 0;
    setup.pause_when = [&](const SearchProgress& progress) {
      if (progress.counts.epochs_committed >= next) {
        next = progress.counts.epochs_committed + 6;
        crashes.push_back(folder_ / ("crash" + std::to_string(crashes.size())));
        testing::snapshot(running, crashes.back());
      }
      return false;
    };
    EXPECT_EQ(search(setup).result.exit, ExitCode::done);
    EXPECT_EQ(contract(running), reference_);
  }
  for (std::size_t index = 0; index < crashes.size(); ++index) {
    const SearchRun resumed = search(in(crashes[index], workers(1 + index % 3)));
    EXPECT_EQ(resumed.result.exit, ExitCode::done);
    EXPECT_EQ(contract(crashes[index]), reference_) << crashes[index];
  }
}

// The journal cut at any byte, with and without the cache.
TEST_F(Driver, ACutJournalIsCompletedToTheSameBytes) {
  const std::string whole = reference_.at("journal.rondo");
  for (std::size_t size = whole.size() - 1; size > 600; size -= 397) {
    const std::string folder = folder_ / ("cut" + std::to_string(size));
    testing::snapshot(folder_ / "reference", folder);
    std::ofstream(folder + "/journal.rondo", std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    std::remove((folder + "/final.rondo").c_str());
    EXPECT_EQ(search(in(folder)).result.exit, ExitCode::done);
    EXPECT_EQ(contract(folder), reference_) << "cut after " << size << " bytes";
  }
}

TEST_F(Driver, ALostFinalRecordIsWrittenAgain) {
  std::remove((folder_ / "reference/final.rondo").c_str());
  const SearchRun run = search(in(folder_ / "reference"));
  EXPECT_EQ(run.retrainings, 3U);
  EXPECT_EQ(contract(folder_ / "reference"), reference_);
}

TEST_F(Driver, DeadWorkersAreGivenUpAndTheOthersFinish) {
  for (const std::uint64_t epochs : {0U, 1U, 7U, 20U}) {
    const std::string folder = folder_ / ("deaths" + std::to_string(epochs));
    SearchSetup setup = in(folder, workers(4, 1'000, epochs));
    setup.rank_timeout_seconds = 0.4;
    setup.workers[0].dies_after_epochs = epochs;
    setup.workers[2].dies_after_epochs = epochs + 3;
    const SearchRun run = search(setup);
    EXPECT_EQ(run.result.exit, ExitCode::done);
    EXPECT_EQ(run.result.workers_lost, 2U);
    EXPECT_FALSE(run.result.everybody_leaves);
    EXPECT_THAT(run.messages, Contains(HasSubstr("given up")));
    EXPECT_THAT(text_of(folder + "/telemetry.jsonl"), HasSubstr("rank_lost"));
    EXPECT_EQ(contract(folder), reference_);
  }
}

TEST_F(Driver, AWorkerThatDiesWhileRetrainingIsReplaced) {
  SearchSetup setup = in(folder_ / "retraining", workers(3));
  setup.rank_timeout_seconds = 0.4;
  setup.workers[0].dies_in_retraining = true;
  setup.workers[1].dies_in_retraining = true;
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::done);
  EXPECT_GE(run.retrainings, 2U);
  EXPECT_EQ(contract(folder_ / "retraining"), reference_);
}

TEST_F(Driver, WithoutAnyWorkerLeftItFailsAndCanBeResumed) {
  SearchSetup setup = in(folder_ / "alone", workers(2));
  setup.rank_timeout_seconds = 0.4;
  setup.workers[0].dies_after_epochs = 5;
  setup.workers[1].dies_after_epochs = 9;
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::failed);
  EXPECT_THAT(run.result.message, HasSubstr("no worker is left"));
  EXPECT_THAT(text_of(folder_ / "alone/status.json"), HasSubstr("\"failed\""));
  setup.workers = workers(2);
  EXPECT_EQ(search(setup).result.exit, ExitCode::done);
  EXPECT_EQ(contract(folder_ / "alone"), reference_);
}

TEST_F(Driver, AWorkerThatDoesNotMatchIsRefusedAndTheOthersGoOn) {
  SearchSetup setup = in(folder_ / "refused", workers(4));
  setup.workers[0].alter_hello = [](proto::Hello& hello) { hello.mutable_versions()->set_numerics(99); };
  setup.workers[1].alter_hello = [](proto::Hello& hello) {
    hello.set_numerics_digest(to_bytes(sha256("other")));
  };
  setup.workers[2].load_failure = "table.csv is not here";
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::done);
  EXPECT_EQ(run.result.workers, 1U);
  EXPECT_EQ(run.result.workers_refused, 3U);
  EXPECT_TRUE(run.result.everybody_leaves) << "the refused stay until the end";
  EXPECT_THAT(run.messages, Contains(HasSubstr("numerics version is 99")));
  EXPECT_THAT(run.messages, Contains(HasSubstr("self-test")));
  EXPECT_THAT(run.messages, Contains(HasSubstr("table.csv is not here")));
  EXPECT_EQ(contract(folder_ / "refused"), reference_);
}

TEST_F(Driver, WhenAllAreRefusedItFails) {
  SearchSetup setup = in(folder_ / "nobody", workers(2));
  for (Script& script : setup.workers)
    script.alter_hello = [](proto::Hello& hello) { hello.set_protocol(99); };
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::failed);
  EXPECT_THAT(run.result.message, HasSubstr("protocol version is 99"));
}

TEST_F(Driver, FailedAttemptsAreMadeAgain) {
  SearchSetup setup = in(folder_ / "failing", workers(3));
  setup.workers[1].failing_attempts = 4;
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::done);
  EXPECT_THAT(run.messages, Contains(HasSubstr("out of memory")));
  EXPECT_EQ(contract(folder_ / "failing"), reference_);
}

TEST_F(Driver, ATrialThatAlwaysFailsPausesTheSearch) {
  SearchSetup setup = in(folder_ / "hopeless", workers(1));
  setup.max_infrastructure_failures = 3;
  setup.workers[0].failing_attempts = 1'000'000;
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::paused);
  EXPECT_THAT(run.result.message, HasSubstr("trial"));
  setup.workers = workers(2);
  EXPECT_EQ(search(setup).result.exit, ExitCode::done);
  EXPECT_EQ(contract(folder_ / "hopeless"), reference_);
}

TEST_F(Driver, ARetrainingThatDivergesGivesWayToTheNextBestTrial) {
  SearchSetup setup = in(folder_ / "diverging", workers(1));
  setup.workers[0].retraining_diverges = true;
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::done);
  ASSERT_TRUE(run.result.final_result);
  const proto::FinalResult& all = *reference_run_.result.final_result;
  const proto::FinalResult& others = *run.result.final_result;
  ASSERT_EQ(others.networks_size(), 3);
  EXPECT_EQ(others.networks(0).trial(), all.networks(1).trial());
  EXPECT_EQ(others.networks(1).trial(), all.networks(2).trial());
  EXPECT_LE(others.networks(2).validation_score(), all.networks(2).validation_score());
}

// The same search with a greedy ensemble.
class GreedyDriver : public Driver {
 protected:
  GreedyDriver() : greedy_run_(search(greedy("greedy"))), greedy_(contract(folder_ / "greedy")) {}

  SearchSetup greedy(const std::string& name, std::vector<Script> scripts = workers(1)) {
    SearchSetup setup = in(folder_ / name, std::move(scripts));
    setup.greedy = true;
    return setup;
  }

  SearchRun greedy_run_;
  std::map<std::string, std::string> greedy_;
};

TEST_F(GreedyDriver, SelectsFromTheBestAndWeighsTheNetworks) {
  ASSERT_EQ(greedy_run_.result.exit, ExitCode::done);
  EXPECT_EQ(greedy_run_.candidates, 6U);
  const proto::FinalResult& result = *greedy_run_.result.final_result;
  const proto::Selection& selection = result.selection();
  ASSERT_EQ(selection.candidates_size(), 6);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(selection.candidates(i).trial(), reference_run_.result.final_result->networks(i).trial());
  }
  EXPECT_EQ(selection.selection_rows() + selection.held_out_rows(), testing::scripted_validation_rows);
  ASSERT_EQ(selection.shipped(), proto::CONTENDER_KIND_SELECTION) << "another script is needed";
  proto::Model model;
  parse_canonical(greedy_.at("models/best/model.rondo"), model);
  ASSERT_EQ(model.networks_size(), result.networks_size());
  EXPECT_EQ(static_cast<std::uint64_t>(model.networks_size()), greedy_run_.retrainings);
  std::map<std::uint64_t, std::uint32_t> counts;
  for (const std::uint64_t trial : selection.picks()) ++counts[trial];
  EXPECT_EQ(counts.size(), static_cast<std::size_t>(model.networks_size()));
  for (int i = 0; i < model.networks_size(); ++i) {
    EXPECT_EQ(model.networks(i).trial(), result.networks(i).trial());
    EXPECT_EQ(model.networks(i).weight(), counts.at(model.networks(i).trial()));
    EXPECT_EQ(result.networks(i).weight(), model.networks(i).weight());
  }
}

TEST_F(GreedyDriver, AnyNumberAndSpeedOfWorkersGivesTheSameBytes) {
  for (const std::size_t count : {2U, 3U, 8U}) {
    const std::string name = "workers" + std::to_string(count);
    EXPECT_EQ(search(greedy(name, workers(count, 2'000, count))).result.exit, ExitCode::done);
    EXPECT_EQ(contract(folder_ / name), greedy_) << count << " workers";
  }
}

TEST_F(GreedyDriver, IsSelectedAgainWhenTheFinalRecordIsLostOrTheRunPausesThere) {
  std::remove((folder_ / "greedy/final.rondo").c_str());
  SearchSetup setup = greedy("greedy");
  setup.pause_when = [](const SearchProgress& progress) {
    return progress.selecting && progress.retrained > 2;
  };
  const SearchRun paused = search(setup);
  EXPECT_EQ(paused.result.exit, ExitCode::paused);
  EXPECT_EQ(paused.retrainings, 0U);
  setup.pause_when = [](const SearchProgress& progress) { return progress.retraining; };
  EXPECT_EQ(search(setup).result.exit, ExitCode::paused);
  EXPECT_EQ(search(greedy("greedy", workers(2))).candidates, 6U);
  EXPECT_EQ(contract(folder_ / "greedy"), greedy_);
}

TEST_F(GreedyDriver, WorkersThatFailOrAreNotToBeTrustedAreReplaced) {
  SearchSetup setup = greedy("failing", workers(3));
  setup.rank_timeout_seconds = 0.4;
  setup.workers[0].forgets_predictions = true;
  setup.workers[1].dies_after_epochs = reference_run_.epochs / 3;
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::done);
  EXPECT_THAT(run.messages, Contains(HasSubstr("without predictions")));
  EXPECT_EQ(contract(folder_ / "failing"), greedy_);
}

TEST_F(GreedyDriver, ACandidateThatDiffersFromTheJournalIsAFault) {
  SearchSetup setup = greedy("lying");
  setup.workers[0].lies_about_candidates = true;
  const SearchRun run = search(setup);
  EXPECT_EQ(run.result.exit, ExitCode::differs);
  EXPECT_THAT(run.result.message, HasSubstr("trained again for the ensemble"));
  EXPECT_EQ(contract(folder_ / "lying").at("final.rondo"), "(missing)");
  EXPECT_EQ(search(greedy("lying")).result.exit, ExitCode::done);
  EXPECT_EQ(contract(folder_ / "lying"), greedy_);
}

TEST_F(GreedyDriver, ARetrainingThatDivergesGivesWayToOneThatWasNotPicked) {
  SearchSetup setup = greedy("diverging");
  setup.workers[0].retraining_diverges = true;
  const SearchRun run = search(setup);
  ASSERT_EQ(run.result.exit, ExitCode::done);
  const proto::FinalResult& all = *greedy_run_.result.final_result;
  const proto::FinalResult& others = *run.result.final_result;
  ASSERT_EQ(others.networks_size(), all.networks_size());
  const proto::Retrained& last = others.networks(others.networks_size() - 1);
  EXPECT_EQ(last.weight(), 1U);
  for (const std::uint64_t trial : all.selection().picks()) EXPECT_NE(last.trial(), trial);
  EXPECT_EQ(others.selection().SerializeAsString(), all.selection().SerializeAsString());
}

}  // namespace
}  // namespace rondo::runtime
