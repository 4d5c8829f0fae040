// A whole run, from an empty disk to final.rondo, with every file operation failing or dying once: nothing
// that was synced is lost, and the run that continues ends with the same bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "common/experiment/canonical.h"
#include "coordinator/store/final.h"
#include "coordinator/store/run_folder.h"
#include "coordinator/store/summary.h"
#include "tests/unit/coordinator/store/expect_error.h"
#include "tests/unit/coordinator/store/samples.h"
#include "tests/unit/coordinator/store/simulated_file_system.h"

namespace rondo::store {
namespace {

const std::string folder = "runs/titanic";

RunRequest request() {
  RunRequest request;
  request.folder = folder;
  request.experiment = samples::experiment();
  request.dataset = samples::dataset();
  request.experiment_text = "search:\n  seed: 42\n";
  return request;
}

struct Launch {
  std::uint64_t synced = 0;  // records that sync() has promised
  bool done = false;
};

// What a search does with its folder, in groups of `group` records.
void search(SimulatedFileSystem& files, Launch& run, std::size_t group) {
  RunFolder opened = RunFolder::open(files, request());
  opened.write_environment("{}");
  const std::vector<schedule::Record> records = samples::search();
  for (std::size_t i = 0; i < records.size(); i += group) {
    opened.cache().keep({TrialId(0), {samples::result(1, 0.5)}, std::nullopt});
    static_cast<void>(opened.cache().store_checkpoint(TrialId(0), Epoch(1), "state"));
    opened.journal().append(std::span(records).subspan(i, std::min(group, records.size() - i)));
    opened.journal().sync();
    run.synced = std::max(run.synced, opened.journal().count());
    opened.append_telemetry("{}");
  }
  proto::FinalResult result;
  result.add_networks()->set_epochs(4);
  result.mutable_networks(0)->set_weights_digest(to_bytes(sha256("weights")));
  result.set_model_digest(to_bytes(sha256("model")));
  result.set_journal_records(opened.journal().count());
  write_final(files, opened.paths(), opened.journal().head(), result, "model");
  opened.cache().clear();
  opened.write_status({RunState::done, 0, ""});
  run.done = true;
}

// The files that the contract is about.
std::map<std::string, std::string> lasting(const SimulatedFileSystem& files) {
  std::map<std::string, std::string> all;
  for (const std::string name :
       {"journal.rondo", "final.rondo", "models/best/model.rondo", "experiment.yaml"}) {
    const std::string path = join_path(folder, name);
    all[name] = files.has(path) ? files.get(path) : "missing";
  }
  return all;
}

std::map<std::string, std::string> undisturbed() {
  SimulatedFileSystem files;
  Launch run;
  search(files, run, 4);
  return lasting(files);
}

// Nothing promised is missing, and the search that continues ends as if nothing had happened.
void expect_recovery(SimulatedFileSystem& files, const Launch& run, const std::string& disturbance) {
  SCOPED_TRACE(disturbance);
  files.reset_disturbances();
  const std::string journal = join_path(folder, "journal.rondo");
  if (files.has(journal)) {
    const JournalContents contents = verify_journal(files, journal);
    ASSERT_NE(contents.end, JournalEnd::corrupt) << contents.what;
    ASSERT_GE(contents.records.size(), run.synced);
    // What a run is resumed from.
    const RunPaths paths{folder};
    const std::string settings =
        files.has(paths.experiment()) ? paths.experiment() : paths.waiting_experiment();
    ASSERT_TRUE(files.has(settings));
    ASSERT_EQ(files.get(settings), request().experiment_text);
  } else {
    ASSERT_EQ(run.synced, 0U);
  }
  Launch again;
  ASSERT_NO_THROW(search(files, again, 3));
  ASSERT_EQ(lasting(files), undisturbed());
  ASSERT_EQ(summarize(files, folder).records, samples::search().size());
}

std::uint64_t calls_of_a_run() {
  SimulatedFileSystem files;
  Launch run;
  search(files, run, 4);
  return files.calls();
}

TEST(Faults, EveryCallMayFail) {
  ASSERT_GT(calls_of_a_run(), 40U);
  for (const int error_number : {EIO, ENOSPC}) {
    for (std::uint64_t call = 0; call < calls_of_a_run(); ++call) {
      SimulatedFileSystem files;
      files.fail_at = call;
      files.error_number = error_number;
      Launch run;
      try {
        search(files, run, 4);
        ASSERT_TRUE(run.done);
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::environment) << error.what();
      }
      files.kill();
      expect_recovery(files, run,
                      "error " + std::to_string(error_number) + " at call " + std::to_string(call));
    }
  }
}

TEST(Faults, TheProcessMayDieAtEveryCall) {
  for (std::uint64_t call = 0; call < calls_of_a_run(); ++call) {
    SimulatedFileSystem files;
    files.crash_at = call;
    Launch run;
    ASSERT_THROW(search(files, run, 4), Crashed) << call;
    files.kill();
    expect_recovery(files, run, "killed at call " + std::to_string(call));
  }
}

TEST(Faults, ThePowerMayFailAtEveryCall) {
  for (const Unsynced rule : {Unsynced::dropped, Unsynced::zeroed, Unsynced::kept}) {
    for (std::uint64_t call = 0; call < calls_of_a_run(); ++call) {
      SimulatedFileSystem files;
      files.crash_at = call;
      Launch run;
      ASSERT_THROW(search(files, run, 4), Crashed) << call;
      files.drop_unsynced(rule);
      expect_recovery(
          files, run,
          "power cut (" + std::to_string(static_cast<int>(rule)) + ") at call " + std::to_string(call));
    }
  }
}

TEST(Faults, TheDiskMayFillUpAtEveryByte) {
  SimulatedFileSystem counted;
  Launch whole;
  search(counted, whole, 4);
  std::uint64_t needed = 0;
  for (const auto& [path, bytes] : counted.snapshot()) needed += bytes.size();
  for (std::uint64_t capacity = 0; capacity < needed; capacity += 3) {
    SimulatedFileSystem files;
    files.capacity = capacity;
    Launch run;
    EXPECT_TRUE(throws(ErrorCode::environment, "free space there", [&] { search(files, run, 4); }))
        << capacity;
    files.kill();
    expect_recovery(files, run, "room for " + std::to_string(capacity) + " bytes");
  }
}

TEST(Faults, WritesMayBeShort) {
  for (const std::size_t largest : {1U, 2U, 7U, 64U}) {
    SimulatedFileSystem files;
    files.largest_write = largest;
    Launch run;
    search(files, run, 4);
    EXPECT_EQ(lasting(files), undisturbed()) << largest;
  }
}

TEST(Faults, AReadOnlyFolderIsLeftAsItIs) {
  SimulatedFileSystem files;
  Launch run;
  search(files, run, 4);
  files.read_only = true;
  const std::map<std::string, std::string> before = files.snapshot();
  files.kill();
  EXPECT_TRUE(throws(ErrorCode::environment, "make the folder writable", [&] { search(files, run, 4); }));
  EXPECT_EQ(files.snapshot(), before);
  EXPECT_EQ(summarize(files, folder).trials.size(), 2U);  // reading needs no permission to write
}

TEST(Faults, AJournalRefusesWorkAfterAFailedWrite) {
  SimulatedFileSystem files;
  Journal journal = Journal::create(files, "journal.rondo", samples::header());
  journal.append(samples::search());
  files.reset_disturbances();
  files.fail_at = 2;  // open, write, then the flush: what it left on the disk is unknown
  EXPECT_TRUE(throws(ErrorCode::environment, "the disk reports an error", [&] { journal.sync(); }));
  EXPECT_TRUE(throws(ErrorCode::environment, "rondo resume", [&] { journal.sync(); }));
  EXPECT_TRUE(throws(ErrorCode::environment, "rondo resume", [&] { journal.append(samples::search()); }));
}

}  // namespace
}  // namespace rondo::store
