// rondo replay on a sound journal and on forged ones: altered, with the chain recomputed behind the
// alteration.
#include <gmock/gmock.h>

#include <bit>

#include "common/experiment/canonical.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/journal.h"
#include "tests/unit/coordinator/cli/small_run.h"
#include "tests/unit/coordinator/store/journal_verbs.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;
using testing::read;
using testing::Said;
using testing::say;
using testing::write;

class Replay : public testing::FinishedRun {
 protected:
  [[nodiscard]] Said replay(bool json = true, std::optional<std::uint64_t> trial = std::nullopt) const {
    return say([&] { return replay_command({.run = run(), .trial = trial, .json = json}); });
  }

  // The number of the n-th record that `wanted` accepts.
  template <class Wanted>
  [[nodiscard]] std::size_t find(Wanted wanted, std::size_t n = 0) const {
    const std::vector<std::string> all = store::payloads(read(run() + "/journal.rondo"));
    for (std::size_t number = 1; number < all.size(); ++number) {
      proto::Record record;
      parse_canonical(all[number], record);
      if (wanted(record) && n-- == 0) return number;
    }
    ADD_FAILURE() << "no such record";
    return 0;
  }

  void forge(std::size_t number, const std::function<void(proto::Record&)>& alter) const {
    const std::string path = run() + "/journal.rondo";
    write(path, store::Forge(read(path), number, alter));
    store::PosixFileSystem files;
    ASSERT_EQ(store::verify_journal(files, path).end, store::JournalEnd::clean)
        << "the forger's chain is wrong";
  }
};

double flip_lowest_bit(double value) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) ^ 1U);
}

TEST_F(Replay, FindsASoundRunEqual) {
  const Said all = replay();
  EXPECT_EQ(all.code, ExitCode::done);
  EXPECT_EQ(all.json().at("equal"), true);
  EXPECT_EQ(all.json().at("replayed").at("trials"), 6);
  EXPECT_EQ(all.json().at("digest"), searched_.json().at("digest"));
  EXPECT_THAT(replay(false).out, HasSubstr("EQUAL: 6 trials"));
  const Said one = replay(true, 4);
  EXPECT_EQ(one.code, ExitCode::done);
  EXPECT_EQ(one.json().at("replayed").at("trials"), 1);
  EXPECT_EQ(replay(true, 6).code, ExitCode::usage);
}

TEST_F(Replay, NamesTrialAndEpochOfAnAlteredLoss) {
  const auto is_report = [](const proto::Record& record) {
    return record.has_report() && record.report().trial() == 2 && record.report().result().epoch() == 3;
  };
  forge(find(is_report), [](proto::Record& record) {
    proto::EpochResult& result = *record.mutable_report()->mutable_result();
    result.set_validation_loss(flip_lowest_bit(result.validation_loss()));
  });
  const Said said = replay();
  EXPECT_EQ(said.code, ExitCode::differs);
  EXPECT_EQ(said.json().at("equal"), false);
  EXPECT_EQ(said.json().at("difference").at("trial"), 2);
  EXPECT_EQ(said.json().at("difference").at("epoch"), 3);
  EXPECT_THAT(replay(false).out, HasSubstr("DIFFERENT: trial 2, epoch 3: validation loss"));
  EXPECT_EQ(replay(true, 2).code, ExitCode::differs);
  EXPECT_EQ(replay(true, 1).code, ExitCode::done);
}

TEST_F(Replay, NamesTrialAndEpochOfAnAlteredFingerprint) {
  const auto is_report = [](const proto::Record& record) {
    return record.has_report() && record.report().trial() == 1 && record.report().result().epoch() == 2;
  };
  forge(find(is_report), [](proto::Record& record) {
    std::string& fingerprint = *record.mutable_report()->mutable_result()->mutable_fingerprint();
    fingerprint[5] = static_cast<char>(fingerprint[5] ^ 16);
  });
  const Said said = replay();
  EXPECT_EQ(said.code, ExitCode::differs);
  EXPECT_EQ(said.json().at("difference").at("trial"), 1);
  EXPECT_EQ(said.json().at("difference").at("epoch"), 2);
}

TEST_F(Replay, NamesTheTrialOfAnAlteredWeightsDigest) {
  std::uint64_t trial = 0;
  std::uint32_t epochs = 0;
  forge(find([](const proto::Record& record) { return record.has_end(); }, 3), [&](proto::Record& record) {
    trial = record.end().trial();
    epochs = record.end().end().epochs();
    std::string& digest = *record.mutable_end()->mutable_end()->mutable_weights_digest();
    digest.at(31) = static_cast<char>(digest.at(31) ^ 1);
  });
  const Said said = replay();
  EXPECT_EQ(said.code, ExitCode::differs);
  EXPECT_EQ(said.json().at("difference").at("trial"), trial);
  EXPECT_EQ(said.json().at("difference").at("epoch"), epochs);
  EXPECT_THAT(said.err, HasSubstr("weights digest"));
}

TEST_F(Replay, NamesTheRecordOfAnAlteredDecision) {
  // Every trial is trained as the journal says, but on another lane it would not have been.
  const std::size_t number = find([](const proto::Record& record) { return record.has_proposal(); }, 4);
  forge(number, [](proto::Record& record) {
    record.mutable_proposal()->set_redraws(record.proposal().redraws() + 1);
  });
  const Said said = replay();
  EXPECT_EQ(said.code, ExitCode::differs);
  EXPECT_EQ(said.json().at("difference").at("record"), number);
  EXPECT_THAT(replay(false).out, HasSubstr("DIFFERENT: record " + std::to_string(number)));
}

TEST(ReplayOfABudgetInTicks, KnowsWhatWasCut) {
  const testing::Folder folder;
  SearchOptions options = testing::small_search(folder, folder / "run");
  options.file = folder / "experiment.yaml";
  write(options.file, "search: {tick_divisor: 1000}\nbudget: {ticks: 20000}\n");
  const Said searched = testing::run_search(options);
  ASSERT_EQ(searched.code, ExitCode::done) << searched.error << searched.err;
  ASSERT_THAT(searched.out, HasSubstr("\"cut\"")) << "the budget is too large for this test";
  ASSERT_THAT(searched.out, HasSubstr("\"completed\"")) << "the budget is too small for this test";
  const Said said = say([&] { return replay_command({.run = folder / "run", .json = true}); });
  EXPECT_EQ(said.code, ExitCode::done) << said.err;
}

TEST_F(Replay, FindsAnAlteredModelOfTheWinner) {
  const std::string model = read(run() + "/models/best/model.rondo");
  write(run() + "/models/best/model.rondo", store::FlipBit(model, 8 * (model.size() - 20)));
  EXPECT_EQ(replay().code, ExitCode::failed);
  EXPECT_EQ(say([&] { return verify_command({.run = run()}); }).code, ExitCode::failed);
  EXPECT_EQ(replay(true, 3).code, ExitCode::done) << "a single trial needs no model";
}

TEST_F(Replay, RefusesAnotherTable) {
  write(folder_ / "other.csv", testing::small_table() + "1,red,2,no,3\n");
  const Said said = say([&] { return replay_command({.run = run(), .data = folder_ / "other.csv"}); });
  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.error, HasSubstr("other.csv"));
}

}  // namespace
}  // namespace rondo::cli
