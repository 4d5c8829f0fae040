#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <vector>

#include "common/metrics/metrics.h"

namespace rondo::metrics {
namespace {

constexpr float float_nan = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint64_t nan_bits = 0x7ff8000000000000;

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

// A problem that owns what ClassPredictions points at.
struct Problem {
  std::size_t columns = 1;
  std::vector<float> probabilities;
  std::vector<std::uint32_t> truth;
  operator ClassPredictions() const { return {columns, probabilities, truth}; }
};

// The example of scikit-learn's page on roc_auc_score: 0.75 there, and by hand 3 of 4 pairs.
const Problem example{1, {0.1F, 0.4F, 0.35F, 0.8F}, {0, 0, 1, 1}};

// Three classes, five rows; the last row's two largest are equal.
const Problem three{3,
                    {0.7F, 0.2F, 0.1F,  //
                     0.3F, 0.5F, 0.2F,  //
                     0.1F, 0.3F, 0.6F,  //
                     0.2F, 0.6F, 0.2F,  //
                     0.4F, 0.2F, 0.4F},
                    {0, 1, 2, 2, 0}};

TEST(Accuracy, CountsTheRowsWhoseClassIsPredicted) {
  EXPECT_EQ(accuracy(example), 0.75);
  EXPECT_EQ(accuracy(three), 0.8);
}

TEST(Accuracy, OneHalfIsClassOne) {
  const float below = 0x1.fffffep-2F;
  EXPECT_EQ(accuracy(Problem{1, {0.5F, 0.5F, below}, {1, 1, 0}}), 1);
}

TEST(Accuracy, TheFirstOfTheLargestWins) {
  EXPECT_EQ(accuracy(Problem{3, {0.4F, 0.4F, 0.2F}, {0}}), 1);
  EXPECT_EQ(accuracy(Problem{3, {0.4F, 0.4F, 0.2F}, {1}}), 0);
  EXPECT_EQ(accuracy(Problem{3, {0.2F, 0.4F, 0.4F}, {1}}), 1);
}

TEST(Accuracy, ANanIsNeverLarger) {
  EXPECT_EQ(accuracy(Problem{3, {0.4F, float_nan, 0.2F}, {0}}), 1);
  EXPECT_EQ(accuracy(Problem{3, {float_nan, 0.9F, 0.1F}, {0}}), 1);
  EXPECT_EQ(accuracy(Problem{1, {float_nan}, {0}}), 1);
}

// Two columns are a problem of several classes that happens to have two.
TEST(Accuracy, OfTwoColumns) {
  EXPECT_EQ(accuracy(Problem{2, {0.6F, 0.4F, 0.3F, 0.7F, 0.5F, 0.5F}, {0, 1, 1}}), 2.0 / 3);
}

// Python: -(log(1-p[0]) + log(1-p[1]) + log(p[2]) + log(p[3])) / 4 for the four floats p.
TEST(LogLoss, IsTheMeanOfMinusLogTheTrueClasssProbability) {
  EXPECT_NEAR(log_loss(example), 0.47228795723880856, 1e-15);
  // -(log(f(.7)) + log(f(.5)) + log(f(.6)) + log(f(.2)) + log(f(.4))) / 5, f rounding to float.
  EXPECT_NEAR(log_loss(three), 0.8172752680128144, 1e-15);
}

TEST(LogLoss, IsClippedAt2ToMinus23) {
  const double most = 15.942385152878742;       // -log(2^-23)
  const double least = 1.1920929665620916e-07;  // -log(1 - 2^-23)
  EXPECT_EQ(log_loss(Problem{1, {0.0F}, {1}}), most);
  EXPECT_EQ(log_loss(Problem{1, {1.0F}, {0}}), most);
  EXPECT_EQ(log_loss(Problem{1, {1e-30F}, {1}}), most);
  EXPECT_EQ(log_loss(Problem{1, {0.0F}, {0}}), least);
  EXPECT_EQ(log_loss(Problem{1, {1.0F}, {1}}), least);
  EXPECT_EQ(log_loss(Problem{3, {0, 1, 0}, {2}}), most);
  EXPECT_EQ(log_loss(Problem{3, {0, 1, 0}, {1}}), least);
}

TEST(LogLoss, OfOneClassOnlyIsDefined) {
  EXPECT_NEAR(log_loss(Problem{1, {0.5F, 0.5F}, {1, 1}}), 0.6931471805599453, 1e-16);
}

TEST(LogLoss, ANanMakesItNan) {
  EXPECT_EQ(bits(log_loss(Problem{1, {0.5F, -float_nan}, {1, 0}})), nan_bits);
  // The probabilities of the other classes are not looked at.
  EXPECT_EQ(log_loss(Problem{3, {0, 1, float_nan}, {1}}), 1.1920929665620916e-07);
}

TEST(RocAuc, IsTheFractionOfPairsInOrder) {
  EXPECT_EQ(roc_auc(example), 0.75);
  EXPECT_EQ(roc_auc(Problem{1, {0.1F, 0.2F, 0.8F, 0.9F}, {0, 0, 1, 1}}), 1);
  EXPECT_EQ(roc_auc(Problem{1, {0.1F, 0.2F, 0.8F, 0.9F}, {1, 1, 0, 0}}), 0);
}

// By hand: positives .5 .5 .9, negatives .5 .1: two half pairs and four whole ones of six.
TEST(RocAuc, EqualProbabilitiesCountHalf) {
  EXPECT_EQ(roc_auc(Problem{1, {0.5F, 0.5F, 0.9F, 0.5F, 0.1F}, {1, 1, 1, 0, 0}}), 5.0 / 6);
  EXPECT_EQ(roc_auc(Problem{1, {0.3F, 0.3F, 0.3F}, {1, 0, 0}}), 0.5);
  // The two zeros are equal, whatever their signs.
  EXPECT_EQ(roc_auc(Problem{1, {-0.0F, 0.0F}, {0, 1}}), 0.5);
}

TEST(RocAuc, IsNanWhereThereAreNoPairs) {
  EXPECT_EQ(bits(roc_auc(Problem{1, {0.1F, 0.9F}, {1, 1}})), nan_bits);
  EXPECT_EQ(bits(roc_auc(Problem{1, {0.1F, 0.9F}, {0, 0}})), nan_bits);
  EXPECT_EQ(bits(roc_auc(Problem{3, {0, 1, 0, 0, 1, 0}, {1, 1}})), nan_bits);
  EXPECT_EQ(bits(roc_auc(Problem{1, {-float_nan, 0.9F}, {0, 1}})), nan_bits);
}

// By hand. Class 0: {.7 .4} over {.3 .1 .2}: 6 of 6. Class 1: {.5} over {.2 .3 .6 .2}: 3 of 4. Class 2: {.6
// .2} over
// {.1 .2 .4}: 3 and, with one tie, 1½ of 6.
TEST(RocAuc, OfSeveralClassesIsTheMeanOfOneAgainstTheRest) {
  EXPECT_DOUBLE_EQ(roc_auc(three), (1 + 0.75 + 0.75) / 3);
}

TEST(RocAuc, ClassesWithoutRowsAreLeftOut) {
  // Class 2 has no row; classes 0 and 1 are 1 of 2 and 2 of 2 pairs.
  const Problem problem{3, {0.5F, 0.1F, 0.4F, 0.2F, 0.6F, 0.2F, 0.6F, 0.3F, 0.1F}, {0, 1, 1}};
  EXPECT_EQ(roc_auc(problem), (0.5 + 1.0) / 2);
}

TEST(RocAuc, EqualsACountOfAllPairs) {
  std::mt19937 engine(3);
  for (int round = 0; round < 50; ++round) {
    Problem problem;
    for (int row = 0; row < 60; ++row) {
      problem.probabilities.push_back(static_cast<float>(engine() % 20) / 20);
      problem.truth.push_back(engine() % 3 == 0 ? 1 : 0);
    }
    double pairs = 0;
    double in_order = 0;
    for (std::size_t a = 0; a < 60; ++a) {
      for (std::size_t b = 0; b < 60; ++b) {
        if (problem.truth[a] != 1 || problem.truth[b] != 0) continue;
        const float difference = problem.probabilities[a] - problem.probabilities[b];
        pairs += 1;
        in_order += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
      }
    }
    EXPECT_DOUBLE_EQ(roc_auc(problem), in_order / pairs);
  }
}

TEST(RocAuc, DoesNotDependOnTheOrderOfRows) {
  Problem problem;
  std::mt19937 engine(4);
  for (int row = 0; row < 500; ++row) {
    problem.probabilities.push_back(static_cast<float>(engine() % 50) / 50);
    problem.truth.push_back(engine() % 2);
  }
  const double before = roc_auc(problem);
  const Problem reversed{1,
                         {problem.probabilities.rbegin(), problem.probabilities.rend()},
                         {problem.truth.rbegin(), problem.truth.rend()}};
  EXPECT_EQ(bits(roc_auc(reversed)), bits(before));
}

TEST(Classes, NoRowsGiveNan) {
  for (const std::size_t columns : {1U, 3U}) {
    const Problem nothing{columns, {}, {}};
    EXPECT_EQ(bits(accuracy(nothing)), nan_bits);
    EXPECT_EQ(bits(log_loss(nothing)), nan_bits);
    EXPECT_EQ(bits(roc_auc(nothing)), nan_bits);
  }
}

TEST(ClassesDeathTest, SizesAndClassesMustFit) {
  EXPECT_DEATH(static_cast<void>(accuracy(Problem{1, {0.5F}, {0, 1}})), "1 probabilities for 2 rows");
  EXPECT_DEATH(static_cast<void>(log_loss(Problem{1, {0.5F}, {2}})), "class 2 of 2");
  EXPECT_DEATH(static_cast<void>(roc_auc(Problem{3, {0, 0, 1}, {3}})), "class 3 of 3");
}

}  // namespace
}  // namespace rondo::metrics
