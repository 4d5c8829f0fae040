#include "coordinator/store/final.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/store/summary.h"
#include "tests/unit/coordinator/store/expect_error.h"
#include "tests/unit/coordinator/store/journal_verbs.h"
#include "tests/unit/coordinator/store/samples.h"
#include "tests/unit/coordinator/store/simulated_file_system.h"

namespace rondo::store {
namespace {

const RunPaths paths{"run"};
const Digest head = sha256("the journal's head");

proto::FinalResult final_result() {
  proto::FinalResult result;
  proto::Retrained& network = *result.add_networks();
  network.set_trial(1);
  network.set_epochs(4);
  network.set_validation_score(0.75);
  network.set_weights_digest(to_bytes(sha256("weights")));
  result.set_model_digest(to_bytes(sha256("model")));
  result.set_journal_records(13);
  return result;
}

void write(SimulatedFileSystem& files) {
  files.make_folder("run");
  write_final(files, paths, head, final_result(), "model");
}

testing::AssertionResult corrupt(SimulatedFileSystem& files, const std::string& text) {
  return throws(ErrorCode::corrupt, text, [&] { static_cast<void>(read_final(files, paths, head, 13)); });
}

TEST(Final, ReadsBackWhatWasWritten) {
  SimulatedFileSystem files;
  files.make_folder("run");
  EXPECT_FALSE(read_final(files, paths, head, 13));
  EXPECT_TRUE(throws(ErrorCode::bad_input, "has no model yet",
                     [&] { static_cast<void>(read_best_model(files, paths)); }));
  write_final(files, paths, head, final_result(), "model");
  EXPECT_EQ(read_final(files, paths, head, 13)->SerializeAsString(), final_result().SerializeAsString());
  EXPECT_EQ(read_best_model(files, paths), "model");
}

TEST(Final, IsWrittenOnceAndComparedAfterwards) {
  SimulatedFileSystem files;
  write(files);
  const std::map<std::string, std::string> before = files.snapshot();
  write_final(files, paths, head, final_result(), "model");
  EXPECT_EQ(files.snapshot(), before);
  proto::FinalResult other = final_result();
  other.mutable_networks(0)->set_train_loss(1);
  EXPECT_TRUE(
      throws(ErrorCode::differs, "final.rondo", [&] { write_final(files, paths, head, other, "model"); }));
  other = final_result();
  other.set_model_digest(to_bytes(sha256("other")));
  EXPECT_TRUE(
      throws(ErrorCode::differs, "model.rondo", [&] { write_final(files, paths, head, other, "other"); }));
  EXPECT_EQ(files.snapshot(), before);
}

TEST(Final, FindsEveryFlippedBitAndEveryCut) {
  SimulatedFileSystem files;
  write(files);
  const std::string whole = files.get("run/final.rondo");
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    files.put("run/final.rondo", FlipBit(whole, bit));
    ASSERT_TRUE(corrupt(files, "final.rondo")) << bit;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    files.put("run/final.rondo", TruncateAt(whole, size));
    ASSERT_TRUE(corrupt(files, "final.rondo")) << size;
  }
  files.put("run/final.rondo", whole + "x");
  EXPECT_TRUE(corrupt(files, "something follows"));
}

TEST(Final, NamesItsNetworks) {
  SimulatedFileSystem files;
  files.make_folder("run");
  proto::FinalResult none = final_result();
  none.clear_networks();
  write_final(files, paths, head, none, "model");
  EXPECT_TRUE(corrupt(files, "names no network"));
}

TEST(Final, BelongsToOneJournalAndOneModel) {
  SimulatedFileSystem files;
  write(files);
  EXPECT_TRUE(throws(ErrorCode::corrupt, "does not follow",
                     [&] { static_cast<void>(read_final(files, paths, sha256("another head"), 13)); }));
  EXPECT_TRUE(throws(ErrorCode::corrupt, "13 records, not of 12",
                     [&] { static_cast<void>(read_final(files, paths, head, 12)); }));
  files.put("run/models/best/model.rondo", "modem");
  EXPECT_TRUE(corrupt(files, "not the model"));
  files.remove("run/models/best/model.rondo");
  EXPECT_TRUE(corrupt(files, "missing"));
}

TEST(Summary, TellsTheTrialsOfAJournal) {
  SimulatedFileSystem files;
  files.make_folder("run");
  Digest journal_head{};
  {
    Journal journal = Journal::create(files, paths.journal(), samples::header());
    journal.append(samples::search());
    journal.sync();
    journal_head = journal.head();
  }
  const RunSummary summary = summarize(files, "run");
  EXPECT_EQ(summary.digest, to_hex(journal_head));
  EXPECT_EQ(summary.records, 13U);
  EXPECT_EQ(summary.experiment.search().seed(), 42U);
  EXPECT_FALSE(summary.experiment.has_budget());
  EXPECT_FALSE(summary.final_result);
  ASSERT_EQ(summary.trials.size(), 2U);
  const TrialSummary& first = summary.trials[0];
  EXPECT_EQ(first.epochs.size(), 4U);
  EXPECT_EQ(first.end, samples::end(4));
  EXPECT_EQ(first.rung, Epoch(2));
  EXPECT_FALSE(first.paused);
  EXPECT_EQ(first.ended_at, Tick(12));
  EXPECT_EQ(first.parameters, 1000U);
  EXPECT_EQ(first.architecture.blocks(0).units(), 16U);
  EXPECT_EQ(first.architecture_bytes, samples::architecture(16));
  EXPECT_EQ(summary.trials[1].end->outcome, schedule::Outcome::diverged);
  write_final(files, paths, journal_head, final_result(), "model");
  EXPECT_EQ(summarize(files, "run").final_result->networks(0).epochs(), 4U);
}

TEST(Summary, ReadsARunThatIsNotDone) {
  SimulatedFileSystem files;
  files.make_folder("run");
  const std::string whole = [] {
    std::vector<std::string> all = {samples::header().SerializeAsString()};
    for (const schedule::Record& record : samples::search()) all.push_back(encode(record));
    return journal_of(all);
  }();
  files.put(paths.journal(), TruncateAt(whole, record_offsets(whole)[4] + 5));
  const RunSummary summary = summarize(files, "run");
  EXPECT_EQ(summary.records, 3U);
  EXPECT_TRUE(summary.torn_tail);
  EXPECT_FALSE(summary.trials[0].end);
  EXPECT_EQ(summary.trials[0].epochs.size(), 1U);
  EXPECT_TRUE(
      throws(ErrorCode::bad_input, "no run", [&] { static_cast<void>(summarize(files, "elsewhere")); }));
}

TEST(Summary, RefusesAStoryThatCannotHaveHappened) {
  const auto refused = [](std::vector<schedule::Record> records, const std::string& text) {
    SimulatedFileSystem files;
    files.make_folder("run");
    Journal journal = Journal::create(files, paths.journal(), samples::header());
    journal.append(records);
    journal.sync();
    return throws(ErrorCode::corrupt, text, [&] { static_cast<void>(summarize(files, "run")); });
  };
  using samples::ended;
  using samples::proposed;
  using samples::reported;
  EXPECT_TRUE(refused({reported(1, 0, 1)}, "record 1: trial 0 was never proposed"));
  EXPECT_TRUE(refused({proposed(0, 0, 1)}, "trial 1 is proposed out of order"));
  EXPECT_TRUE(refused({proposed(0, 0, 0), reported(1, 0, 2)}, "trial 0 reports an epoch out of order"));
  EXPECT_TRUE(refused({proposed(0, 0, 0), ended(1, 0, 0), ended(1, 0, 0)}, "trial 0 has ended before"));
  const schedule::Record paused{Tick(3), schedule::Paused{TrialId(0), Epoch(1)}};
  const schedule::Record promoted{Tick(3), schedule::Promoted{LaneId(0), TrialId(0), Epoch(2), Epoch(3)}};
  EXPECT_TRUE(refused({proposed(0, 0, 0), paused}, "record 2: trial 0 pauses at another epoch"));
  EXPECT_TRUE(
      refused({proposed(0, 0, 0), reported(3, 0, 1), promoted}, "trial 0 is promoted and was not paused"));
  EXPECT_TRUE(
      refused({proposed(0, 0, 0), reported(3, 0, 1), paused, reported(6, 0, 2)}, "trial 0 is paused"));
  EXPECT_TRUE(refused({proposed(0, 0, 0), reported(3, 0, 1), paused, paused}, "trial 0 is paused"));
}

}  // namespace
}  // namespace rondo::store
