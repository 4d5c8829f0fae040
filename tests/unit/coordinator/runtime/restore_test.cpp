#include "coordinator/runtime/restore.h"

#include <gtest/gtest.h>

#include "common/base/digest.h"
#include "coordinator/store/file_system.h"
#include "tests/unit/coordinator/runtime/harness.h"

namespace rondo::runtime {
namespace {

schedule::Record reported(std::uint64_t trial, std::uint32_t epoch) {
  schedule::EpochResult result;
  result.epoch = Epoch(epoch);
  result.train_loss = 1.0 / epoch;
  return {Tick(epoch), schedule::Reported{TrialId(trial), result}};
}

schedule::Record ended(std::uint64_t trial, std::uint32_t epochs, schedule::Outcome outcome) {
  schedule::TrialEnd end;
  end.outcome = outcome;
  end.epochs = Epoch(epochs);
  return {Tick(epochs), schedule::Ended{TrialId(trial), end}};
}

class Restore : public ::testing::Test {
 protected:
  testing::Folder folder_;
  store::PosixFileSystem files_;
  store::Cache cache_ = store::Cache::open(files_, folder_ / "checkpoints", sha256("key"));
};

TEST_F(Restore, GivesTheJournalsResultsTrialByTrial) {
  const std::vector<schedule::Record> journal{reported(1, 1), reported(0, 1), reported(1, 2),
                                              ended(1, 2, schedule::Outcome::completed)};
  const auto events = restored_results(journal, cache_);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].trial, TrialId(0));
  EXPECT_EQ(events[0].epochs.size(), 1U);
  EXPECT_FALSE(events[0].end);
  EXPECT_EQ(events[1].trial, TrialId(1));
  EXPECT_EQ(events[1].epochs.size(), 2U);
  ASSERT_TRUE(events[1].end);
  EXPECT_EQ(events[1].end->epochs, Epoch(2));
}

// Its trial may have ended with it: that stood in the next record.
TEST_F(Restore, DoesNotTrustAReportAtTheVeryEnd) {
  const std::vector<schedule::Record> journal{reported(0, 1), reported(1, 1), reported(0, 2)};
  const auto events = restored_results(journal, cache_);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].epochs.size(), 1U);
  EXPECT_EQ(events[1].epochs.size(), 1U);
  EXPECT_TRUE(restored_results(std::vector<schedule::Record>{reported(0, 1)}, cache_).empty());
}

// A checkpoint is taken of a trial that goes on, and begins behind the report: both count, or neither.
TEST_F(Restore, TrustsAReportAtTheVeryEndOfATrialThatWentOn) {
  const std::vector<schedule::Record> journal{reported(0, 1), reported(1, 1), reported(0, 2)};
  ASSERT_TRUE(cache_.store_checkpoint(TrialId(0), Epoch(2), "state"));
  const auto events = restored_results(journal, cache_);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[2].trial, TrialId(0));
  ASSERT_EQ(events[2].epochs.size(), 1U);
  EXPECT_EQ(events[2].epochs.front().epoch, Epoch(2));
  EXPECT_FALSE(events[2].end);
  EXPECT_EQ(events[3].checkpoint, Epoch(2));
}

TEST_F(Restore, TrustsAReportAtTheVeryEndOfATrialWithLaterOnesInTheCache) {
  const std::vector<schedule::Record> journal{reported(1, 1), reported(0, 1)};
  schedule::EpochResult later;
  later.epoch = Epoch(2);
  cache_.keep({TrialId(0), {later}, std::nullopt});
  const auto again = store::Cache::open(files_, folder_ / "checkpoints", sha256("key"));
  const auto events = restored_results(journal, again);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].trial, TrialId(0));
  EXPECT_EQ(events[1].epochs.front().epoch, Epoch(1));
  EXPECT_EQ(events[2].epochs.front().epoch, Epoch(2));
}

TEST_F(Restore, DoesNotTrustItForAnOlderCheckpointOrAnothersOne) {
  const std::vector<schedule::Record> journal{reported(0, 1), reported(1, 1), reported(0, 2)};
  ASSERT_TRUE(cache_.store_checkpoint(TrialId(0), Epoch(1), "state"));
  ASSERT_TRUE(cache_.store_checkpoint(TrialId(1), Epoch(7), "state"));
  const auto events = restored_results(journal, cache_);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].epochs.size(), 1U);
  EXPECT_TRUE(events[2].epochs.empty());
  EXPECT_TRUE(events[3].epochs.empty());
}

TEST_F(Restore, AnEndThatWasDecidedIsNoResult) {
  const std::vector<schedule::Record> journal{reported(0, 1), ended(0, 1, schedule::Outcome::cut),
                                              ended(1, 0, schedule::Outcome::too_large)};
  const auto events = restored_results(journal, cache_);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_FALSE(events[0].end);
}

TEST_F(Restore, AddsWhatTheCacheKept) {
  schedule::EpochResult result;
  result.epoch = Epoch(2);
  cache_.keep({TrialId(4), {result}, std::nullopt});
  ASSERT_TRUE(cache_.store_checkpoint(TrialId(4), Epoch(2), "state"));
  const auto again = store::Cache::open(files_, folder_ / "checkpoints", sha256("key"));
  const auto events = restored_results({}, again);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].trial, TrialId(4));
  EXPECT_EQ(events[0].epochs.front().epoch, Epoch(2));
  EXPECT_EQ(events[0].checkpoint, Epoch(0));
  EXPECT_TRUE(events[1].epochs.empty());
  EXPECT_EQ(events[1].checkpoint, Epoch(2));
}

}  // namespace
}  // namespace rondo::runtime
