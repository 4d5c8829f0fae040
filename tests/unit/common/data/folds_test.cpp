// Cross-validation: how rows are dealt to folds, what of them is refused, and what each fold is fitted on.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/data/prepared.h"
#include "common/data/resolve.h"
#include "common/data/split.h"
#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "common/random/draws.h"
#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::bundled;
using test::refuses;
using test::small;

// `rows` rows of which every seventh is a test row, if any is.
Split whole_of(std::size_t rows, bool with_test) {
  Split whole;
  for (std::uint32_t row = 0; row < rows; ++row)
    (with_test && row % 7 == 2 ? whole.test : whole.training).push_back(row);
  return whole;
}

std::vector<std::uint64_t> counts_of(const std::vector<std::uint32_t>& rows,
                                     const std::vector<std::uint32_t>& classes, std::size_t count) {
  std::vector<std::uint64_t> found(count);
  for (const std::uint32_t row : rows) ++found[classes[row]];
  return found;
}

TEST(MakeFolds, JudgeEveryRowOnceByANetworkThatDidNotSeeIt) {
  for (const bool with_test : {false, true}) {
    const Split whole = whole_of(103, with_test);
    for (const std::uint32_t folds : {2U, 3U, 10U, 88U}) {
      std::vector<std::uint32_t> judged;
      for (const Split& fold : make_folds(whole, folds, MasterSeed(5), {})) {
        EXPECT_TRUE(std::is_sorted(fold.validation.begin(), fold.validation.end()));
        std::vector<std::uint32_t> both;
        std::merge(fold.training.begin(), fold.training.end(), fold.validation.begin(), fold.validation.end(),
                   std::back_inserter(both));
        EXPECT_EQ(both, whole.training);
        EXPECT_TRUE(fold.test.empty());
        judged.insert(judged.end(), fold.validation.begin(), fold.validation.end());
      }
      std::sort(judged.begin(), judged.end());
      EXPECT_EQ(judged, whole.training);
    }
  }
}

// scikit-learn 1.2.1: [len(t) for _, t in KFold(k).split(range(n))].
TEST(MakeFolds, SizesAreThoseOfKFold) {
  const auto sizes = [](std::size_t rows, std::uint32_t folds) {
    std::vector<std::size_t> found;
    for (const Split& fold : make_folds(whole_of(rows, false), folds, MasterSeed(1), {}))
      found.push_back(fold.validation.size());
    return found;
  };
  using Sizes = std::vector<std::size_t>;
  EXPECT_EQ(sizes(10, 3), (Sizes{4, 3, 3}));
  EXPECT_EQ(sizes(7, 7), (Sizes{1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(sizes(23, 5), (Sizes{5, 5, 5, 4, 4}));
}

// scikit-learn 1.2.1, y = np.repeat(range(len(counts)), counts): [np.bincount(y[t]) for _, t in
// StratifiedKFold(k, shuffle=True).split(y, y)].
TEST(MakeFolds, CountsOfClassesAreThoseOfStratifiedKFold) {
  using Counts = std::vector<std::uint64_t>;
  const std::vector<std::pair<Counts, std::vector<Counts>>> known = {
      {{61, 31, 11}, {{13, 6, 2}, {12, 7, 2}, {12, 6, 3}, {12, 6, 2}, {12, 6, 2}}},
      {{7, 5}, {{3, 1}, {2, 2}, {2, 2}}},
      {{10, 3, 4}, {{4, 1, 1}, {3, 1, 2}, {3, 1, 1}}},
      {{12, 12, 12}, {{3, 2, 3}, {3, 2, 2}, {2, 3, 2}, {2, 3, 2}, {2, 2, 3}}},
  };
  for (const auto& [counts, expected] : known) {
    // The classes lie anywhere in the table.
    std::vector<std::uint32_t> classes;
    for (std::uint32_t c = 0; c < counts.size(); ++c) classes.insert(classes.end(), counts[c], c);
    const auto order = random::permutation(random::Draws(random::Key(3), random::Stream::split),
                                           static_cast<std::uint32_t>(classes.size()));
    std::vector<std::uint32_t> mixed;
    for (const std::uint32_t place : order) mixed.push_back(classes[place]);
    std::vector<Counts> found;
    const auto folds = static_cast<std::uint32_t>(expected.size());
    for (const Split& fold : make_folds(whole_of(mixed.size(), false), folds, MasterSeed(8), mixed))
      found.push_back(counts_of(fold.validation, mixed, counts.size()));
    EXPECT_EQ(found, expected);
  }
}

TEST(MakeFolds, DealsThePermutationOfItsOwnStream) {
  const Split whole = whole_of(20, true);
  std::vector<std::uint32_t> order = random::permutation(
      random::Draws(random::derive_key(MasterSeed(7), random::Domain::data), random::Stream::fold), 20);
  std::erase_if(order, [](std::uint32_t row) { return row % 7 == 2; });
  const std::vector<Split> folds = make_folds(whole, 3, MasterSeed(7), {});
  for (std::size_t f = 0; f < 3; ++f) {
    std::set<std::uint32_t> dealt;
    for (std::size_t place = f; place < order.size(); place += 3) dealt.insert(order[place]);
    EXPECT_EQ(std::set(folds[f].validation.begin(), folds[f].validation.end()), dealt);
  }
  EXPECT_NE(make_folds(whole, 3, MasterSeed(8), {})[0].validation, folds[0].validation);
}

proto::Experiment penguins(std::uint32_t folds, double test = 0.2) {
  proto::Experiment e = test::experiment("species");
  e.mutable_search()->set_seed(7);
  e.mutable_split()->set_folds(folds);
  e.mutable_split()->set_test(test);
  return e;
}

TEST(PreparedFolds, AreFittedOnTheirOwnTrainingRows) {
  const CsvTable table = bundled("penguins");
  const proto::Experiment resolved = resolve(penguins(5), table);
  EXPECT_EQ(resolved.split().validation(), 0);
  const std::vector<PreparedData> folds = prepare_folds(resolved, table, FitOn::training);
  ASSERT_EQ(folds.size(), 5U);
  proto::Experiment without = penguins(0);
  const PreparedData plain = prepare(resolve(without, table), table, FitOn::training);
  const std::size_t rows = plain.train.rows + plain.validation.rows;
  std::size_t judged = 0;
  std::set<std::string> fitted;
  for (const PreparedData& fold : folds) {
    EXPECT_EQ(fold.train.rows + fold.validation.rows, rows);
    EXPECT_EQ(fold.test.rows, 0U);
    EXPECT_EQ(fold.shape.training_rows, fold.train.rows);
    judged += fold.validation.rows;
    fitted.insert(canonical_serialize(fold.preprocessing));
  }
  EXPECT_EQ(judged, rows);
  EXPECT_EQ(fitted.size(), 5U) << "two folds were fitted on the same rows";
  const std::vector<PreparedData> final = prepare_folds(resolved, table, FitOn::training_and_validation);
  ASSERT_EQ(final.size(), 1U);
  EXPECT_EQ(final[0].train.rows, rows);
  const PreparedData same = prepare(resolve(without, table), table, FitOn::training_and_validation);
  EXPECT_EQ(final[0].train.inputs, same.train.inputs) << "the retraining depends on the folds";
  EXPECT_EQ(final[0].test.inputs, same.test.inputs);
}

// Each fold's validation rows changed out of recognition move nothing that the fold is fitted on.
TEST(PreparedFolds, NothingLeaksFromTheRowsThatJudge) {
  const CsvTable table = bundled("diabetes");
  proto::Experiment e = test::experiment("progression");
  e.mutable_split()->set_folds(3);
  const proto::Experiment resolved = resolve(e, table);
  const Split whole = split_rows(resolved.split(), MasterSeed(0), table, {});
  const std::vector<Split> splits = make_folds(whole, 3, MasterSeed(0), {});
  for (std::size_t f = 0; f < 3; ++f) {
    std::vector<std::vector<std::string>> text = test::cells(table);
    for (const std::uint32_t row : splits[f].validation) std::fill(text[row].begin(), text[row].end(), "1e6");
    const CsvTable changed = small(test::text_of(table.header(), text));
    const auto before = prepare_folds(resolved, table, FitOn::training);
    const auto after = prepare_folds(resolved, changed, FitOn::training);
    for (std::size_t other = 0; other < 3; ++other) {
      const bool same =
          canonical_serialize(before[other].preprocessing) == canonical_serialize(after[other].preprocessing);
      EXPECT_EQ(same, other == f) << other;
    }
  }
}

TEST(PreparedFolds, MayHaveInputsOfTheirOwnNumber) {
  std::string text = "word,y\n";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{},{}\n", i == 3 ? "once" : i % 2 == 0 ? "a" : "b", i * i);
  const CsvTable table = small(text);
  proto::Experiment e = test::experiment("y");
  e.mutable_split()->set_folds(4);
  e.mutable_data()->set_task(proto::TASK_REGRESSION);
  const auto folds = prepare_folds(resolve(e, table), table, FitOn::training);
  std::multiset<std::uint64_t> widths;
  for (const PreparedData& fold : folds) widths.insert(fold.shape.inputs);
  EXPECT_EQ(widths, (std::multiset<std::uint64_t>{2, 3, 3, 3}));
  const ProblemShape shape = trial_shape(folds, 2);
  EXPECT_EQ(shape.inputs, 3U);
  EXPECT_EQ(shape.members, 8U);
  EXPECT_EQ(shape.training_rows, 2U * 3 * 40);
  EXPECT_EQ(trial_shape({folds.data(), 1}, 1).training_rows, folds[0].train.rows);
}

TEST(ResolveFolds, IsDoneOnceAndForAll) {
  const CsvTable table = bundled("penguins");
  const proto::Experiment resolved = resolve(penguins(5), table);
  EXPECT_EQ(canonical_serialize(resolve(resolved, table)), canonical_serialize(resolved));
  proto::Experiment stated = penguins(5);
  stated.mutable_split()->set_validation(0.2);  // the default, which a filled experiment.yaml may hold
  EXPECT_EQ(canonical_serialize(resolve(stated, table)), canonical_serialize(resolved));
  proto::Experiment none = penguins(0);
  proto::Experiment absent = none;
  absent.mutable_split()->clear_folds();
  EXPECT_EQ(identity(resolve(none, table)), identity(resolve(absent, table)));
  EXPECT_NE(identity(resolve(penguins(2), table)), identity(resolve(penguins(3), table)));
}

TEST(ResolveFolds, RefusesWhatDoesNotGoTogether) {
  const CsvTable table = bundled("penguins");
  const auto refused = [&](const std::vector<std::string>& texts, const auto& change) {
    proto::Experiment e = penguins(5);
    change(e);
    return refuses(texts, [&] { static_cast<void>(resolve(e, table)); });
  };
  EXPECT_TRUE(refused({"split.folds is 1"}, [](auto& e) { e.mutable_split()->set_folds(1); }));
  EXPECT_TRUE(refused({"split.folds", "maximum 100"}, [](auto& e) { e.mutable_split()->set_folds(101); }));
  EXPECT_TRUE(
      refused({"training.repeats", "minimum 1"}, [](auto& e) { e.mutable_training()->set_repeats(0); }));
  EXPECT_TRUE(refused({"split.folds is 5", "last_rows", "take auto"},
                      [](auto& e) { e.mutable_split()->set_rule(proto::SPLIT_RULE_LAST_ROWS); }));
  EXPECT_TRUE(refused({"split.folds is 5", "split.rule column"},
                      [](auto& e) { e.mutable_split()->set_column("island"); }));
  EXPECT_TRUE(refused({"split.validation is 0.3", "split.folds is 5"},
                      [](auto& e) { e.mutable_split()->set_validation(0.3); }));
}

// Yes and no in turn, and `rare` rows of a third class.
CsvTable with_rare_class(int rare) {
  std::string text = "x,y\n";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{},{}\n", i * i, i < rare ? "maybe" : i % 2 == 0 ? "yes" : "no");
  return small(text);
}

TEST(ResolveFolds, RefusesAClassThatAFoldWouldLack) {
  proto::Experiment e = test::experiment("y");
  e.mutable_split()->set_folds(5);
  EXPECT_TRUE(
      refuses({"small.csv", "class 'maybe'", "'y'", "4 rows that are no test rows", "split.folds is 5"},
              [&] { static_cast<void>(resolve(e, with_rare_class(4))); }));
  static_cast<void>(resolve(e, with_rare_class(5)));
  // Half of the six are test rows.
  e.mutable_split()->set_test(0.5);
  EXPECT_TRUE(refuses({"'maybe'", "has 3 rows"}, [&] { static_cast<void>(resolve(e, with_rare_class(6))); }));
  // Shuffled, a class of one row is not there to train on in the fold that holds it.
  e.mutable_split()->set_test(0);
  e.mutable_split()->set_rule(proto::SPLIT_RULE_SHUFFLED);
  EXPECT_TRUE(refuses({"'maybe'", "in one of the folds", "stratified"},
                      [&] { static_cast<void>(resolve(e, with_rare_class(1))); }));
  e.mutable_split()->set_folds(41);
  EXPECT_TRUE(
      refuses({"split.folds is 41", "40 rows"}, [&] { static_cast<void>(resolve(e, with_rare_class(0))); }));
}

}  // namespace
}  // namespace rondo::data
