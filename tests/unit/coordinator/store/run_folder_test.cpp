#include "coordinator/store/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/coordinator/store/expect_error.h"
#include "tests/unit/coordinator/store/samples.h"
#include "tests/unit/coordinator/store/simulated_file_system.h"

namespace rondo::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string folder = "runs/titanic";

RunRequest request(std::uint64_t seed = 42) {
  RunRequest request;
  request.folder = folder;
  request.experiment = samples::experiment(seed);
  request.dataset = samples::dataset();
  request.experiment_text = "search:\n  seed: 42\n";
  return request;
}

void make_run(SimulatedFileSystem& files) {
  RunFolder run = RunFolder::open(files, request());
  run.journal().append(samples::search());
  run.journal().sync();
}

testing::AssertionResult refused(SimulatedFileSystem& files, const RunRequest& asked, ErrorCode code,
                                 const std::string& text) {
  const std::map<std::string, std::string> before = files.snapshot();
  const testing::AssertionResult result =
      throws(code, text, [&] { static_cast<void>(RunFolder::open(files, asked)); });
  if (!result) return result;
  if (files.snapshot() != before) return testing::AssertionFailure() << "something was written";
  return result;
}

TEST(RunFolder, MakesARunWhereThereIsNone) {
  SimulatedFileSystem files;
  RunFolder run = RunFolder::open(files, request());
  EXPECT_TRUE(run.is_new());
  EXPECT_EQ(run.journal().header().SerializeAsString(), samples::header().SerializeAsString());
  EXPECT_EQ(files.get("runs/titanic/experiment.yaml"), "search:\n  seed: 42\n");
  EXPECT_EQ(read_status(files, folder)->state, RunState::running);
  run.write_environment("{}");
  run.append_telemetry(R"({"a":1})");
  run.append_telemetry(R"({"a":2})");
  EXPECT_EQ(files.get("runs/titanic/telemetry.jsonl"), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(files.get("runs/titanic/environment.json"), "{}");
}

TEST(RunFolder, ContinuesTheSameExperiment) {
  SimulatedFileSystem files;
  make_run(files);
  RunRequest again = request();
  again.experiment.mutable_data()->set_path("moved/train.csv");     // operational
  again.experiment.mutable_execution()->set_checkpoint_seconds(1);  // operational
  again.experiment_text = "another text";
  again.must_exist = true;
  RunFolder run = RunFolder::open(files, again);
  EXPECT_FALSE(run.is_new());
  EXPECT_EQ(run.journal().stored().size(), samples::search().size());
  EXPECT_EQ(files.get("runs/titanic/experiment.yaml"), "search:\n  seed: 42\n");
}

TEST(RunFolder, RefusesAnotherExperimentAndSaysWhatDiffers) {
  SimulatedFileSystem files;
  make_run(files);
  EXPECT_TRUE(refused(files, request(7), ErrorCode::bad_input, "search.seed: 42 there, 7 here"));
  RunRequest other = request();
  other.experiment.mutable_search()->set_sampler(proto::SAMPLER_KIND_EVOLUTION);
  other.experiment.mutable_data()->add_drop("name");
  EXPECT_TRUE(refused(files, other, ErrorCode::bad_input, R"(data.drop: [] there, ["name"] here)"));
  EXPECT_TRUE(refused(files, other, ErrorCode::bad_input, "search.sampler: random there, evolution here"));
  other = request();
  other.dataset = sha256("other bytes");
  EXPECT_TRUE(refused(files, other, ErrorCode::bad_input, "the table's bytes"));
  other = request();
  other.experiment.mutable_budget()->set_trials(3);
  EXPECT_TRUE(refused(files, other, ErrorCode::bad_input, "a budget of 2 trials"));
}

TEST(RunFolder, RefusesAFolderThatIsNoRun) {
  SimulatedFileSystem files;
  files.make_folder("runs");
  files.make_folder(folder);
  files.put("runs/titanic/thesis.txt", "precious");
  EXPECT_TRUE(refused(files, request(), ErrorCode::bad_input, "'thesis.txt'"));
  RunRequest overwriting = request();
  overwriting.overwrite = true;
  EXPECT_TRUE(refused(files, overwriting, ErrorCode::bad_input, "'thesis.txt'"));
  RunRequest file = request();
  file.folder = "runs/titanic/thesis.txt";
  EXPECT_TRUE(refused(files, file, ErrorCode::bad_input, "is a file"));
  RunRequest resuming = request();
  resuming.must_exist = true;
  EXPECT_TRUE(refused(files, resuming, ErrorCode::bad_input, "no run"));
  resuming.folder = "nowhere";
  EXPECT_TRUE(refused(files, resuming, ErrorCode::bad_input, "no run"));
}

TEST(RunFolder, TakesAnEmptyFolder) {
  SimulatedFileSystem files;
  files.make_folder("runs");
  files.make_folder(folder);
  EXPECT_TRUE(RunFolder::open(files, request()).is_new());
}

TEST(RunFolder, GoesOnWhereALaunchDiedAtItsStart) {
  SimulatedFileSystem files;
  files.make_folder("runs");
  files.make_folder(folder);
  files.put("runs/titanic/experiment.yaml.tmp", "search: ");
  EXPECT_TRUE(RunFolder::open(files, request()).is_new());
  EXPECT_EQ(files.get("runs/titanic/experiment.yaml"), request().experiment_text);
  EXPECT_FALSE(files.has("runs/titanic/experiment.yaml.tmp"));

  files.rename("runs/titanic/experiment.yaml", "runs/titanic/experiment.yaml.tmp");
  RunRequest again = request();
  again.experiment_text = "another text";
  EXPECT_FALSE(RunFolder::open(files, again).is_new());
  EXPECT_EQ(files.get("runs/titanic/experiment.yaml"), request().experiment_text);
}

TEST(RunFolder, ChecksWithoutWriting) {
  SimulatedFileSystem files;
  RunFolder::check(files, request());
  EXPECT_TRUE(files.snapshot().empty());
  make_run(files);
  const std::map<std::string, std::string> before = files.snapshot();
  RunFolder::check(files, request());
  EXPECT_TRUE(throws(ErrorCode::bad_input, "search.seed: 42 there, 7 here",
                     [&] { RunFolder::check(files, request(7)); }));
  RunRequest overwriting = request(7);
  overwriting.overwrite = true;
  RunFolder::check(files, overwriting);
  EXPECT_EQ(files.snapshot(), before);
}

TEST(RunFolder, RefusesARunOfAnotherVersion) {
  SimulatedFileSystem files;
  files.make_folder("runs");
  files.make_folder(folder);
  proto::JournalHeader header = samples::header();
  header.mutable_versions()->set_numerics(99);
  { static_cast<void>(Journal::create(files, "runs/titanic/journal.rondo", header)); }
  EXPECT_TRUE(refused(files, request(), ErrorCode::environment, "numerics 99"));
}

TEST(RunFolder, OverwritesOnlyWhenTold) {
  SimulatedFileSystem files;
  make_run(files);
  {
    RunFolder run = RunFolder::open(files, request());
    EXPECT_TRUE(run.cache().store_checkpoint(TrialId(1), Epoch(1), "old"));
  }
  files.put("runs/titanic/notes.txt", "the user's");
  RunRequest overwriting = request(7);
  overwriting.overwrite = true;
  RunFolder run = RunFolder::open(files, overwriting);
  EXPECT_TRUE(run.is_new());
  EXPECT_EQ(run.journal().header().master_seed(), 7U);
  EXPECT_THAT(run.cache().checkpoints(), IsEmpty());
  EXPECT_EQ(files.get("runs/titanic/notes.txt"), "the user's");
}

TEST(RunFolder, HasOneWriter) {
  SimulatedFileSystem files;
  {
    const RunFolder run = RunFolder::open(files, request());
    EXPECT_TRUE(refused(files, request(), ErrorCode::environment, "another process is writing"));
  }
  EXPECT_NO_THROW(static_cast<void>(RunFolder::open(files, request())));
}

TEST(RunFolder, RefusesADamagedJournal) {
  SimulatedFileSystem files;
  make_run(files);
  std::string bytes = files.get("runs/titanic/journal.rondo");
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 4);
  files.put("runs/titanic/journal.rondo", bytes);
  EXPECT_TRUE(refused(files, request(), ErrorCode::corrupt, "record 13"));
}

TEST(RunFolder, KeepsItsStatusForTheLauncher) {
  SimulatedFileSystem files;
  EXPECT_FALSE(read_status(files, folder));
  RunFolder run = RunFolder::open(files, request());
  run.write_status({RunState::paused, 3, "\xff not \"plain\" text"});
  const std::optional<RunStatus> status = read_status(files, folder);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, RunState::paused);
  EXPECT_EQ(status->exit_code, 3);
  EXPECT_THAT(status->message, HasSubstr("not \"plain\" text"));
  files.put("runs/titanic/status.json", "{\"state\": ");
  EXPECT_FALSE(read_status(files, folder));
}

TEST(RunFolder, SaysWhyItStoppedEvenOnAFullDisk) {
  SimulatedFileSystem files;
  RunFolder run = RunFolder::open(files, request());
  std::uint64_t used = 0;
  for (const auto& [path, bytes] : files.snapshot()) used += bytes.size();
  files.capacity = used + 40;  // not enough for a second status.json
  run.write_status({RunState::failed, 1, "disk is full"});
  EXPECT_EQ(read_status(files, folder)->message, "disk is full");
}

TEST(DifferingSettings, NamesPathsAndValues) {
  const proto::Experiment there = samples::experiment();
  EXPECT_THAT(differing_settings(there, there, 10), IsEmpty());
  proto::Experiment here = there;
  here.mutable_search()->clear_lanes();
  here.mutable_space()->add_dropout(0.25F);
  here.mutable_training()->set_min_delta(1e-4);
  EXPECT_THAT(differing_settings(there, here, 10),
              ElementsAre("search.lanes: 2 there, unset here", "space.dropout: [] there, [0.25] here",
                          "training.min_delta: unset there, 0.0001 here"));
  EXPECT_EQ(differing_settings(there, here, 2).size(), 2U);
}

}  // namespace
}  // namespace rondo::store
