#include "common/data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "common/random/draws.h"
#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::refuses;
using test::small;

CsvTable numbered(std::size_t rows) {
  std::string text = "a,part\n";
  for (std::size_t i = 0; i < rows; ++i)
    text += fmt::format("{},{}\n", i, i % 3 == 0 ? "validation" : "train");
  return small(text);
}

proto::SplitSettings settings(proto::SplitRule rule, double test, double validation) {
  proto::SplitSettings settings;
  settings.set_rule(rule);
  settings.set_test(test);
  settings.set_validation(validation);
  return settings;
}

void expect_each_row_once(const Split& split, std::size_t rows) {
  std::vector<std::uint32_t> all;
  for (const auto* part : {&split.training, &split.validation, &split.test}) {
    EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  std::vector<std::uint32_t> expected(rows);
  std::iota(expected.begin(), expected.end(), 0U);
  EXPECT_EQ(all, expected);
}

// scikit-learn 1.2.1: len(train_test_split(np.arange(n), test_size=size)[1]); 0 where it raises ValueError.
TEST(Split, SizesAreThoseOfTrainTestSplit) {
  const std::vector<double> sizes = {0.1, 0.2, 0.25, 0.3, 1.0 / 3, 0.7, 0.07, 0.9, 1};
  const std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>> known = {
      {2, {1, 1, 1, 1, 1, 0, 1, 0, 1}},
      {3, {1, 1, 1, 1, 1, 0, 1, 0, 1}},
      {5, {1, 1, 2, 2, 2, 4, 1, 0, 1}},
      {10, {1, 2, 3, 3, 4, 7, 1, 9, 1}},
      {77, {8, 16, 20, 24, 26, 54, 6, 70, 1}},
      {100, {10, 20, 25, 30, 34, 70, 8, 90, 1}},
      {150, {15, 30, 38, 45, 50, 105, 11, 135, 1}},
      {333, {34, 67, 84, 100, 111, 234, 24, 300, 1}},
      {344, {35, 69, 86, 104, 115, 241, 25, 310, 1}},
      {442, {45, 89, 111, 133, 148, 310, 31, 398, 1}},
      {569, {57, 114, 143, 171, 190, 399, 40, 513, 1}},
      {1000, {100, 200, 250, 300, 334, 700, 70, 900, 1}},
      {1797, {180, 360, 450, 540, 599, 1258, 126, 1618, 1}},
  };
  for (const auto& [rows, expected] : known) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (expected[i] == 0) {
        EXPECT_TRUE(refuses({"too few rows", "split.test"},
                            [&, n = rows] { static_cast<void>(part_rows(sizes[i], n, "split.test")); }));
      } else {
        EXPECT_EQ(part_rows(sizes[i], rows, "split.test"), expected[i]) << sizes[i] << " of " << rows;
      }
    }
  }
}

TEST(Split, SizesAsCounts) {
  EXPECT_EQ(part_rows(0, 10, "s"), 0U);
  EXPECT_EQ(part_rows(9, 10, "s"), 9U);
  EXPECT_TRUE(
      refuses({"split.test = 10", "10 rows"}, [] { static_cast<void>(part_rows(10, 10, "split.test")); }));
  EXPECT_TRUE(refuses({"split.test is 1.5"}, [] { static_cast<void>(part_rows(1.5, 10, "split.test")); }));
  EXPECT_TRUE(refuses({"split.test"}, [] { static_cast<void>(part_rows(1e300, 10, "split.test")); }));
}

TEST(Split, LargestRemainder) {
  const auto shares = [](std::uint64_t wanted, std::vector<std::uint64_t> counts) {
    return largest_remainder(wanted, counts);
  };
  using Shares = std::vector<std::uint64_t>;
  EXPECT_EQ(shares(0, {5, 5}), (Shares{0, 0}));
  EXPECT_EQ(shares(4, {10, 10}), (Shares{2, 2}));
  EXPECT_EQ(shares(3, {10, 10}), (Shares{2, 1})) << "equal remainders: the smaller class number";
  EXPECT_EQ(shares(5, {3, 3, 3}), (Shares{2, 2, 1}));
  EXPECT_EQ(shares(10, {68, 20, 12}), (Shares{7, 2, 1}));
  EXPECT_EQ(shares(10, {55, 28, 17}), (Shares{5, 3, 2})) << "5.5, 2.8, 1.7: the larger remainders first";
  EXPECT_EQ(shares(6, {1, 2, 3}), (Shares{1, 2, 3}));
  EXPECT_EQ(shares(2, {0, 4, 0}), (Shares{0, 2, 0}));
  EXPECT_EQ(shares(0, {}), Shares{});
  const std::uint64_t huge = UINT32_MAX - 1;
  EXPECT_EQ(shares(huge, {huge, 1}), (Shares{huge - 1, 1})) << "products need 64 bits";
}

TEST(Split, ShuffledRowsAreThePermutationsFirst) {
  const CsvTable table = numbered(101);
  const Split split = split_rows(settings(proto::SPLIT_RULE_SHUFFLED, 0.2, 0.25), MasterSeed(7), table, {});
  expect_each_row_once(split, 101);
  EXPECT_EQ(split.test.size(), 21U);        // ⌈20.2⌉
  EXPECT_EQ(split.validation.size(), 20U);  // ⌈0.25 · 80⌉
  const auto order = random::permutation(
      random::Draws(random::derive_key(MasterSeed(7), random::Domain::data), random::Stream::split), 101);
  EXPECT_EQ(std::set(split.test.begin(), split.test.end()), std::set(order.begin(), order.begin() + 21));
  EXPECT_EQ(std::set(split.validation.begin(), split.validation.end()),
            std::set(order.begin() + 21, order.begin() + 41));
}

TEST(Split, TheSeedDecides) {
  const CsvTable table = numbered(60);
  const auto test_rows = [&](std::uint64_t seed) {
    return split_rows(settings(proto::SPLIT_RULE_SHUFFLED, 0.5, 5), MasterSeed(seed), table, {}).test;
  };
  EXPECT_EQ(test_rows(0), test_rows(0));
  EXPECT_NE(test_rows(0), test_rows(1));
  EXPECT_NE(test_rows(0), test_rows(UINT64_MAX));
  std::vector<std::uint32_t> first_half(30);
  std::iota(first_half.begin(), first_half.end(), 0U);
  EXPECT_NE(test_rows(0), first_half) << "seed 0 shuffles too";
}

TEST(Split, TestRowsDoNotDependOnTheValidationRows) {
  const CsvTable table = numbered(60);
  EXPECT_EQ(split_rows(settings(proto::SPLIT_RULE_SHUFFLED, 0.2, 5), MasterSeed(3), table, {}).test,
            split_rows(settings(proto::SPLIT_RULE_SHUFFLED, 0.2, 0.5), MasterSeed(3), table, {}).test);
}

TEST(Split, StratifiedKeepsTheClassesShares) {
  std::vector<std::uint32_t> classes;
  for (std::uint32_t i = 0; i < 103; ++i) classes.push_back(i % 10 == 0 ? 2 : i % 3 == 0 ? 1 : 0);
  const CsvTable table = numbered(classes.size());
  const Split split =
      split_rows(settings(proto::SPLIT_RULE_STRATIFIED, 0.2, 0.25), MasterSeed(1), table, classes);
  expect_each_row_once(split, classes.size());
  const auto counts = [&](const std::vector<std::uint32_t>& rows) {
    std::vector<std::uint64_t> found(3);
    for (const std::uint32_t row : rows) ++found[classes[row]];
    return found;
  };
  // 61, 31 and 11 rows; 21 of 103: 12.44, 6.32, 2.24; 21 of the other 82 (48, 25, 9): 12.29, 6.40, 2.30.
  using Counts = std::vector<std::uint64_t>;
  EXPECT_EQ(counts(split.test), largest_remainder(21, Counts{61, 31, 11}));
  EXPECT_EQ(counts(split.test), (Counts{13, 6, 2}));
  EXPECT_EQ(counts(split.validation), (Counts{12, 7, 2}));
  EXPECT_EQ(counts(split.training), (Counts{36, 18, 7}));
}

TEST(Split, StratifiedTakesRowsInThePermutationsOrder) {
  const std::vector<std::uint32_t> one_class(50, 0);
  const CsvTable table = numbered(50);
  const Split stratified =
      split_rows(settings(proto::SPLIT_RULE_STRATIFIED, 0.2, 0.2), MasterSeed(9), table, one_class);
  const Split shuffled = split_rows(settings(proto::SPLIT_RULE_SHUFFLED, 0.2, 0.2), MasterSeed(9), table, {});
  EXPECT_EQ(stratified.test, shuffled.test);
  EXPECT_EQ(stratified.validation, shuffled.validation);
}

TEST(Split, LastRows) {
  const Split split =
      split_rows(settings(proto::SPLIT_RULE_LAST_ROWS, 2, 0.25), MasterSeed(5), numbered(10), {});
  EXPECT_EQ(split.training, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(split.validation, (std::vector<std::uint32_t>{6, 7}));
  EXPECT_EQ(split.test, (std::vector<std::uint32_t>{8, 9}));
}

TEST(Split, Column) {
  proto::SplitSettings by_column = settings(proto::SPLIT_RULE_COLUMN, 0, 0.2);
  by_column.set_column("part");
  const Split split = split_rows(by_column, MasterSeed(5), numbered(7), {});
  EXPECT_EQ(split.validation, (std::vector<std::uint32_t>{0, 3, 6}));
  EXPECT_EQ(split.training, (std::vector<std::uint32_t>{1, 2, 4, 5}));
  EXPECT_TRUE(split.test.empty());
  const auto refused = [&](const std::string& text, const std::vector<std::string>& message) {
    return refuses(message,
                   [&] { static_cast<void>(split_rows(by_column, MasterSeed(5), small(text), {})); });
  };
  EXPECT_TRUE(
      refused("a,part\n1,train\n2,Train\n", {"small.csv:3:", "'part'", "'Train'", "validation or test"}));
  EXPECT_TRUE(refused("a,part\n1,train\n2,\n", {"small.csv:3:", "''"}));
  EXPECT_TRUE(refused("a,part\n1,train\n2,test\n", {"no row as validation"}));
  EXPECT_TRUE(refused("a,part\n1,test\n2,validation\n", {"no row as train"}));
  EXPECT_TRUE(refused("a,parts\n1,test\n", {"no column 'part'", "did you mean 'parts'"}));
}

TEST(Split, LeavesTrainingRows) {
  const auto refused = [](double test, double validation, const std::vector<std::string>& message) {
    return refuses(message, [&] {
      static_cast<void>(
          split_rows(settings(proto::SPLIT_RULE_SHUFFLED, test, validation), MasterSeed(0), numbered(4), {}));
    });
  };
  EXPECT_TRUE(refused(0, 0, {"split.validation is 0"}));
  EXPECT_TRUE(refused(4, 1, {"small.csv", "split.test = 4"}));
  EXPECT_TRUE(refused(3, 0.2, {"small.csv", "split.validation = 0.2", "1 of 1 rows"}));
  EXPECT_TRUE(refused(0.25, 3, {"split.validation = 3"}));
  EXPECT_TRUE(refused(0.25, 2.5, {"split.validation is 2.5"}));
}

}  // namespace
}  // namespace rondo::data
