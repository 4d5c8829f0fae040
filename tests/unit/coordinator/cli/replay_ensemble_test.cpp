// A run with a greedy ensemble: shown, replayed, and replayed when its selection was forged.
#include <gmock/gmock.h>

#include <cstdio>
#include <functional>

#include "coordinator/store/file_system.h"
#include "coordinator/store/final.h"
#include "coordinator/store/journal.h"
#include "tests/unit/coordinator/cli/small_run.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;

class GreedyRun : public ::testing::Test {
 protected:
  void SetUp() override {
    SearchOptions options = testing::small_search(folder_, run_, "height");
    options.flags.texts["ensemble-rule"] = {"greedy"};
    options.flags.texts["ensemble"] = {"4"};
    options.flags.texts["ensemble-candidates"] = {"5"};
    searched_ = testing::run_search(options);
    ASSERT_EQ(searched_.code, ExitCode::done) << searched_.error << searched_.err;
  }

  [[nodiscard]] testing::Said replay() const {
    return testing::say([&] { return replay_command({.run = run_, .json = true}); });
  }

  // final.rondo with something else in it, chained as it should be.
  void forge(const std::function<void(proto::FinalResult&)>& alter) const {
    store::PosixFileSystem files;
    const store::RunPaths paths{run_};
    const store::JournalContents journal = store::read_journal(files, paths.journal());
    proto::FinalResult result = *store::read_final(files, paths, journal.head, journal.records.size());
    alter(result);
    std::remove(paths.final_record().c_str());
    store::write_final(files, paths, journal.head, result, store::read_best_model(files, paths));
  }

  testing::Folder folder_;
  std::string run_ = folder_ / "run";
  testing::Said searched_;
};

TEST_F(GreedyRun, SaysWhatTheRulesScoreAndReplaysEqual) {
  const nlohmann::json selection = searched_.json().at("final").at("selection");
  EXPECT_EQ(selection.at("candidates").size(), 5U);
  EXPECT_EQ(selection.at("candidates").at(0).at("trial"), searched_.json().at("best"));
  for (const char* rule : {"winner", "mean", "selection"}) {
    EXPECT_GT(selection.at(rule).at("held_out_score"), 0) << rule;
  }
  EXPECT_EQ(selection.at("mean").at("networks"), 4);
  EXPECT_TRUE(selection.contains(selection.at("shipped"))) << selection.at("shipped");
  EXPECT_THAT(
      testing::say([&] { return show_command({.run = run_}); }).out,
      HasSubstr("ensemble   of 5 candidates by 8 validation rows; rmse on the other 7: the best one "));
  const testing::Said said = replay();
  EXPECT_EQ(said.code, ExitCode::done) << said.err;
  EXPECT_EQ(said.json().at("equal"), true);
}

TEST_F(GreedyRun, FindsAForgedSelection) {
  forge([](proto::FinalResult& result) {
    proto::Contender& contender = *result.mutable_selection()->mutable_contenders(2);
    contender.set_held_out_score(contender.held_out_score() + 1);
  });
  testing::Said said = replay();
  EXPECT_EQ(said.code, ExitCode::differs);
  EXPECT_THAT(said.err, HasSubstr("selection, made again, is not that of final.rondo"));
  std::uint64_t trial = 0;
  forge([&trial](proto::FinalResult& result) {
    proto::Candidate& candidate = *result.mutable_selection()->mutable_candidates(3);
    candidate.mutable_predictions_digest()->at(0) ^= 1;
    trial = candidate.trial();
  });
  said = replay();
  EXPECT_EQ(said.code, ExitCode::differs);
  EXPECT_EQ(said.json().at("difference").at("trial"), trial);
}

TEST_F(GreedyRun, FindsAForgedWeight) {
  forge([](proto::FinalResult& result) {
    result.mutable_networks(0)->set_weight(result.networks(0).weight() + 1);
  });
  EXPECT_EQ(replay().code, ExitCode::differs);
}

}  // namespace
}  // namespace rondo::cli
