#include "coordinator/store/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "coordinator/store/cache_format.h"
#include "tests/unit/coordinator/store/journal_verbs.h"
#include "tests/unit/coordinator/store/samples.h"
#include "tests/unit/coordinator/store/simulated_file_system.h"

namespace rondo::store {
namespace {

using schedule::KeptResult;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string folder = "checkpoints";
const std::string arrived = "checkpoints/arrived.cache";
const CacheKey key = sha256("this run");

KeptResult kept(std::uint64_t trial, std::uint32_t first, std::uint32_t last, bool ended) {
  KeptResult result;
  result.trial = TrialId(trial);
  for (std::uint32_t epoch = first; epoch <= last; ++epoch)
    result.epochs.push_back(samples::result(epoch, 0.5));
  if (ended) result.end = samples::end(last);
  return result;
}

std::vector<KeptResult> three() {
  return {kept(0, 1, 3, false), kept(7, 1, 1, true), kept(0, 4, 4, true)};
}

bool equal(const KeptResult& a, const KeptResult& b) {
  return a.trial == b.trial && a.epochs == b.epochs && a.end == b.end;
}

void expect_first(const Cache& cache, std::size_t count) {
  ASSERT_EQ(cache.restored().size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(equal(cache.restored()[i], three()[i])) << i;
}

std::string arrived_of_three() {
  std::string bytes = arrived_header(key);
  for (const KeptResult& result : three()) bytes += arrived_entry(result);
  return bytes;
}

TEST(Cache, GivesBackResultsInTheOrderInWhichTheyWereKept) {
  SimulatedFileSystem files;
  for (const KeptResult& result : three()) {
    Cache cache = Cache::open(files, folder, key);  // a launch each
    cache.keep(result);
    EXPECT_THAT(cache.take_warnings(), IsEmpty());
  }
  expect_first(Cache::open(files, folder, key), 3);
}

TEST(Cache, WhatIsAdoptedIsThereAtOnceAndAfterARestart) {
  SimulatedFileSystem files;
  Cache cache = Cache::open(files, folder, key);
  cache.adopt(three());
  expect_first(cache, 3);
  expect_first(Cache::open(files, folder, key), 3);
  EXPECT_EQ(files.get(arrived), arrived_of_three());
}

TEST(Cache, KeepsWholeResultsWhereverItIsCut) {
  const std::string whole = arrived_of_three();
  std::vector<std::size_t> ends = {arrived_header(key).size()};
  for (const KeptResult& result : three()) ends.push_back(ends.back() + arrived_entry(result).size());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SimulatedFileSystem files;
    files.make_folder(folder);
    files.put(arrived, TruncateAt(whole, size));
    Cache cache = Cache::open(files, folder, key);
    const auto behind = std::upper_bound(ends.begin(), ends.end(), size);
    const std::size_t count =
        behind == ends.begin() ? 0 : static_cast<std::size_t>(behind - ends.begin()) - 1;
    expect_first(cache, count);
    EXPECT_EQ(cache.take_warnings().empty(), std::find(ends.begin(), ends.end(), size) != ends.end()) << size;
    // What follows is appended behind the last whole one.
    for (std::size_t i = count; i < 3; ++i) cache.keep(three()[i]);
    ASSERT_EQ(files.get(arrived), whole) << size;
  }
}

TEST(Cache, IgnoresWhatFollowsAFlippedBit) {
  const std::string whole = arrived_of_three();
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    const ArrivedContents contents = parse_arrived(FlipBit(whole, bit), key);
    ASSERT_FALSE(contents.warning.empty()) << bit;
    for (std::size_t i = 0; i < contents.results.size(); ++i) {
      ASSERT_TRUE(equal(contents.results[i], three()[i])) << bit;
    }
  }
}

TEST(Cache, IgnoresAnotherRun) {
  SimulatedFileSystem files;
  {
    Cache cache = Cache::open(files, folder, sha256("another run"));
    cache.keep(three()[0]);
    EXPECT_TRUE(cache.store_checkpoint(TrialId(1), Epoch(2), "state"));
  }
  Cache cache = Cache::open(files, folder, key);
  EXPECT_THAT(cache.restored(), IsEmpty());
  EXPECT_THAT(cache.checkpoints(), IsEmpty());
  EXPECT_THAT(cache.take_warnings(),
              ElementsAre(HasSubstr("belongs to another search"), HasSubstr("belongs to another search")));
  cache.keep(three()[0]);
  expect_first(Cache::open(files, folder, key), 1);
}

TEST(Cache, ReplacesAndReleasesCheckpoints) {
  SimulatedFileSystem files;
  {
    Cache cache = Cache::open(files, folder, key);
    EXPECT_TRUE(cache.store_checkpoint(TrialId(5), Epoch(2), "two"));
    EXPECT_TRUE(cache.store_checkpoint(TrialId(5), Epoch(3), std::string("three\0", 6)));
    EXPECT_TRUE(cache.store_checkpoint(TrialId(6), Epoch(1), ""));
  }
  Cache cache = Cache::open(files, folder, key);
  EXPECT_EQ(cache.checkpoints(), (std::map<TrialId, Epoch>{{TrialId(5), Epoch(3)}, {TrialId(6), Epoch(1)}}));
  EXPECT_EQ(cache.load_checkpoint(TrialId(5), Epoch(3)), std::string("three\0", 6));
  EXPECT_EQ(cache.load_checkpoint(TrialId(6), Epoch(1)), "");
  EXPECT_EQ(cache.load_checkpoint(TrialId(5), Epoch(2)), std::nullopt);
  EXPECT_EQ(cache.load_checkpoint(TrialId(9), Epoch(1)), std::nullopt);
  cache.release(TrialId(5));
  EXPECT_EQ(cache.load_checkpoint(TrialId(5), Epoch(3)), std::nullopt);
  EXPECT_FALSE(files.has("checkpoints/trial-5.checkpoint"));
  EXPECT_THAT(cache.take_warnings(), IsEmpty());
}

TEST(Cache, IgnoresADamagedCheckpoint) {
  const std::string whole = checkpoint_file(key, TrialId(5), Epoch(3), "some state");
  EXPECT_EQ(parse_checkpoint(whole, key, TrialId(5)).warning, "");
  EXPECT_NE(parse_checkpoint(whole, key, TrialId(6)).warning, "");  // a file under another name
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    ASSERT_NE(parse_checkpoint(FlipBit(whole, bit), key, TrialId(5)).warning, "") << bit;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_NE(parse_checkpoint(TruncateAt(whole, size), key, TrialId(5)).warning, "") << size;
  }
  SimulatedFileSystem files;
  Cache cache = Cache::open(files, folder, key);
  EXPECT_TRUE(cache.store_checkpoint(TrialId(5), Epoch(3), "some state"));
  files.put("checkpoints/trial-5.checkpoint", FlipBit(whole, 500));
  EXPECT_EQ(cache.load_checkpoint(TrialId(5), Epoch(3)), std::nullopt);
  EXPECT_THAT(cache.take_warnings(), ElementsAre(HasSubstr("damaged")));
  EXPECT_THAT(Cache::open(files, folder, key).checkpoints(), IsEmpty());
}

TEST(Cache, DropsOnlyItsFilesWhenTheSearchIsDone) {
  SimulatedFileSystem files;
  Cache cache = Cache::open(files, folder, key);
  cache.keep(three()[0]);
  EXPECT_TRUE(cache.store_checkpoint(TrialId(5), Epoch(3), "state"));
  files.put("checkpoints/notes.txt", "the user's");
  cache.clear();
  EXPECT_THAT(files.list(folder), ElementsAre("notes.txt"));
}

// --- losing the cache loses time only, so nothing is thrown, whatever call fails

std::vector<std::string> use(SimulatedFileSystem& files) {
  Cache cache = Cache::open(files, folder, key);
  for (const KeptResult& result : three()) cache.keep(result);
  cache.store_checkpoint(TrialId(5), Epoch(3), "state");
  static_cast<void>(cache.load_checkpoint(TrialId(5), Epoch(3)));
  cache.release(TrialId(5));
  return cache.take_warnings();
}

TEST(Cache, GoesOnWhenAnyCallFails) {
  SimulatedFileSystem counted;
  EXPECT_THAT(use(counted), IsEmpty());
  ASSERT_GT(counted.calls(), 8U);
  for (std::uint64_t call = 0; call < counted.calls(); ++call) {
    SimulatedFileSystem files;
    files.fail_at = call;
    files.error_number = ENOSPC;
    std::vector<std::string> warnings;
    ASSERT_NO_THROW(warnings = use(files)) << call;
    EXPECT_FALSE(warnings.empty()) << call;
    files.reset_disturbances();
    Cache cache = Cache::open(files, folder, key);
    for (std::size_t i = 0; i < cache.restored().size(); ++i) {
      EXPECT_TRUE(equal(cache.restored()[i], three()[i]));
    }
  }
}

TEST(Cache, GoesOnWhenTheDiskIsFull) {
  SimulatedFileSystem counted;
  static_cast<void>(use(counted));
  const std::uint64_t needed =
      arrived_of_three().size() + checkpoint_file(key, TrialId(5), Epoch(3), "state").size();
  ASSERT_GT(needed, counted.get(arrived).size());
  for (std::uint64_t capacity = 0; capacity < needed; ++capacity) {
    SimulatedFileSystem files;
    files.capacity = capacity;
    EXPECT_FALSE(use(files).empty()) << capacity;
  }
}

TEST(Cache, SurvivesAKillAtAnyCall) {
  SimulatedFileSystem counted;
  static_cast<void>(use(counted));
  for (std::uint64_t call = 0; call < counted.calls(); ++call) {
    SimulatedFileSystem files;
    files.crash_at = call;
    EXPECT_THROW(static_cast<void>(use(files)), Crashed) << call;
    files.reset_disturbances();
    files.kill();
    Cache cache = Cache::open(files, folder, key);
    for (std::size_t i = 0; i < cache.restored().size(); ++i) {
      EXPECT_TRUE(equal(cache.restored()[i], three()[i])) << call;
    }
    for (std::size_t i = cache.restored().size(); i < 3; ++i) cache.keep(three()[i]);
    expect_first(Cache::open(files, folder, key), 3);
  }
}

}  // namespace
}  // namespace rondo::store
