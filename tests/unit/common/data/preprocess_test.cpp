#include "common/data/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/data/prepared.h"
#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::bundled;
using test::not_every_fifth;
using test::refuses;
using test::small;

void expect_close(double value, double expected, double relative = 1e-12) {
  EXPECT_LE(std::abs(value - expected), relative * std::abs(expected)) << value << " instead of " << expected;
}

proto::Column column(const std::string& name, proto::ColumnType type,
                     proto::CategoryEncoding encoding = proto::CATEGORY_ENCODING_AUTO) {
  proto::Column column;
  column.set_name(name);
  column.set_type(type);
  column.set_encoding(encoding);
  return column;
}

proto::DataSettings settings(proto::NumericImputation imputation = proto::NUMERIC_IMPUTATION_MEDIAN,
                             bool indicator = true) {
  proto::DataSettings settings;
  settings.set_numeric_imputation(imputation);
  settings.set_missing_indicator(indicator);
  return settings;
}

proto::Preprocessing fit(const proto::Column& fitted, const proto::DataSettings& how, const CsvTable& table,
                         const std::vector<std::uint32_t>& rows) {
  proto::Preprocessing preprocessing;
  *preprocessing.add_columns() = fit_column(fitted, how, table, rows);
  return preprocessing;
}

// scikit-learn 1.2.1 on the rows whose number is no multiple of 5:
//   s = StandardScaler().fit(d.loc[[i for i in range(len(d)) if i % 5], [c]].astype(float).values)
//   s.mean_[0], s.scale_[0]
TEST(Preprocess, StandardisesAsStandardScaler) {
  struct Known {
    const char* table;
    const char* column;
    double mean;
    double scale;
  };
  const std::vector<Known> known = {
      {"breast_cancer", "mean_radius", 14.191898901098902, 3.579167943503209},
      {"breast_cancer", "mean_area", 661.656043956044, 357.89849522043676},
      {"breast_cancer", "mean_fractal_dimension", 0.06272942857142857, 0.007122366789520068},
      {"digits", "p22", 9.894919972164232, 5.679391312066099},
      {"diabetes", "s2", 116.27393767705384, 30.777787151533886},
      {"diabetes", "progression", 150.5184135977337, 77.180486942116},
  };
  for (const Known& k : known) {
    SCOPED_TRACE(k.column);
    const CsvTable table = bundled(k.table);
    const proto::FittedColumn fitted = fit_column(column(k.column, proto::COLUMN_TYPE_NUMERIC), settings(),
                                                  table, not_every_fifth(table.rows()));
    expect_close(fitted.mean(), k.mean);
    expect_close(fitted.scale(), k.scale);
    EXPECT_FALSE(fitted.indicator());
  }
}

// s.transform(…)[0][0] of the same: row 1, mean_radius.
TEST(Preprocess, TransformsAsStandardScaler) {
  const CsvTable table = bundled("breast_cancer");
  const proto::Preprocessing fitted = fit(column("mean_radius", proto::COLUMN_TYPE_NUMERIC), settings(),
                                          table, not_every_fifth(table.rows()));
  const std::vector<float> inputs = apply_columns(fitted, table, std::vector<std::uint32_t>{1});
  EXPECT_FLOAT_EQ(inputs.at(0), static_cast<float>(1.782006656177848));
}

// make_pipeline(SimpleImputer(strategy=…), StandardScaler()) on the same rows of penguins, two of them
// missing.
TEST(Preprocess, ImputesAsSimpleImputerInFrontOfTheScaler) {
  struct Known {
    proto::NumericImputation imputation;
    const char* column;
    double imputed;
    double mean;
    double scale;
  };
  const std::vector<Known> known = {
      {proto::NUMERIC_IMPUTATION_MEDIAN, "bill_length_mm", 44.9, 43.93636363636364, 5.348453086007499},
      {proto::NUMERIC_IMPUTATION_MEDIAN, "body_mass_g", 4050.0, 4201.909090909091, 803.0105234842482},
      {proto::NUMERIC_IMPUTATION_MEAN, "bill_length_mm", 43.929304029304035, 43.92930402930403,
       5.347817079813736},
      {proto::NUMERIC_IMPUTATION_MEAN, "body_mass_g", 4203.021978021978, 4203.021978021978,
       802.9052516684912},
  };
  const CsvTable table = bundled("penguins");
  for (const Known& k : known) {
    SCOPED_TRACE(k.column);
    const proto::FittedColumn fitted =
        fit_column(column(k.column, proto::COLUMN_TYPE_NUMERIC), settings(k.imputation), table,
                   not_every_fifth(table.rows()));
    expect_close(fitted.imputed(), k.imputed);
    expect_close(fitted.mean(), k.mean);
    expect_close(fitted.scale(), k.scale);
    EXPECT_TRUE(fitted.indicator());
  }
}

// StandardScaler().fit(np.array(v).reshape(-1, 1)): what is constant but for rounding has scale 1, what only
// has a large mean has not.
TEST(Preprocess, ConstantsAreThoseOfStandardScaler) {
  struct Known {
    std::vector<double> values;
    double mean;
    double scale;
  };
  const std::vector<Known> known = {
      {std::vector<double>(10, 0.1), 0.1, 1},
      {std::vector<double>(7, 1e9 + 0.1), 1000000000.1000001, 1},
      {{1e8 + 1, 1e8 + 2, 1e8 + 4}, 100000002.33333333, 1.247219128924647},
      {{5}, 5, 1},
      {{1e-170, 2e-170, 4e-170}, 2.3333333333333334e-170, 1},
      {{-3.5, 0, 1.25, 7, 1e6}, 200000.95, 399999.525014293},
      {{0, 0, 0}, 0, 1},
  };
  for (const Known& k : known) {
    const Standard standard = fit_standard(k.values);
    expect_close(standard.mean, k.mean);
    expect_close(standard.scale, k.scale);
  }
  EXPECT_EQ(fit_standard({}).mean, 0);
  EXPECT_EQ(fit_standard({}).scale, 1);
}

TEST(Preprocess, LargestNumbersDoNotOverflow) {
  const Standard standard = fit_standard(std::vector<double>{-1e120, 1e120});
  EXPECT_EQ(standard.mean, 0);
  expect_close(standard.scale, 1e120);
}

TEST(Preprocess, RoundsOnceAndStaysFinite) {
  EXPECT_EQ(standardized(3, 1, 4), 0.5F);
  EXPECT_EQ(standardized(1, 0, 3), static_cast<float>(1.0 / 3.0));
  EXPECT_EQ(standardized(1e120, 0, 1), std::numeric_limits<float>::max());
  EXPECT_EQ(standardized(-1e120, 0, 1e-300), std::numeric_limits<float>::lowest());
}

TEST(Preprocess, Median) {
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({9, 1, 5, 2}), 3.5);
  EXPECT_EQ(median({2, 2, 2, 7}), 2);
}

TEST(Preprocess, IndicatorFollowsTheTrainingRows) {
  const CsvTable table = small("a,b\n1,1\n3,\n,3\nNA,5\n");
  const std::vector<std::uint32_t> complete = {0, 1};
  const std::vector<std::uint32_t> all = {0, 1, 2, 3};
  const proto::Column a = column("a", proto::COLUMN_TYPE_NUMERIC);
  EXPECT_EQ(apply_columns(fit(a, settings(), table, complete), table, all),
            (std::vector<float>{-1, 1, 0, 0}));  // missing is the median, 2
  EXPECT_EQ(input_width(fit(a, settings(), table, all)), 2U);
  EXPECT_EQ(input_width(fit(a, settings(proto::NUMERIC_IMPUTATION_MEDIAN, false), table, all)), 1U);
  const std::vector<float> inputs = apply_columns(fit(a, settings(), table, all), table, all);
  const float unit = static_cast<float>(1 / std::sqrt(0.5));
  EXPECT_EQ(inputs, (std::vector<float>{-unit, 0, unit, 0, 0, 1, 0, 1}));
}

TEST(Preprocess, NoPresentValue) {
  const CsvTable table = small("a,b\n,1\nNA,2\n7,3\n");
  const proto::Preprocessing fitted =
      fit(column("a", proto::COLUMN_TYPE_NUMERIC), settings(), table, std::vector<std::uint32_t>{0, 1});
  EXPECT_EQ(apply_columns(fitted, table, std::vector<std::uint32_t>{0, 2}), (std::vector<float>{0, 1, 7, 0}));
}

class Categories : public ::testing::Test {
 protected:
  // Training rows 0 … 4: b twice, a, missing, Z. Then an unseen category and a missing one.
  CsvTable table_ = small("c,y\nb,1\na,1\nb,1\nNA,1\nZ,1\nunseen,1\n,1\n");
  std::vector<std::uint32_t> training_ = {0, 1, 2, 3, 4};
  std::vector<std::uint32_t> all_ = {0, 1, 2, 3, 4, 5, 6};
  proto::Preprocessing fit_as(proto::CategoryEncoding encoding) {
    return fit(column("c", proto::COLUMN_TYPE_CATEGORICAL, encoding), settings(), table_, training_);
  }
};

TEST_F(Categories, OneHot) {
  const proto::Preprocessing fitted = fit_as(proto::CATEGORY_ENCODING_ONE_HOT);
  EXPECT_EQ(
      std::vector<std::string>(fitted.columns(0).categories().begin(), fitted.columns(0).categories().end()),
      (std::vector<std::string>{"", "Z", "a", "b"}));
  EXPECT_EQ(apply_columns(fitted, table_, all_), (std::vector<float>{
                                                     0, 0, 0, 1,  // b
                                                     0, 0, 1, 0,  // a
                                                     0, 0, 0, 1,  // b
                                                     1, 0, 0, 0,  // missing
                                                     0, 1, 0, 0,  // Z
                                                     0, 0, 0, 0,  // unseen
                                                     1, 0, 0, 0,  // missing
                                                 }));
}

// Codes 3 2 3 0 1: mean 1.8, population variance 1.36. An unseen category is -1.
TEST_F(Categories, Ordinal) {
  const std::vector<float> inputs = apply_columns(fit_as(proto::CATEGORY_ENCODING_ORDINAL), table_, all_);
  const std::vector<double> codes = {3, 2, 3, 0, 1, -1, 0};
  ASSERT_EQ(inputs.size(), codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_FLOAT_EQ(inputs[i], static_cast<float>((codes[i] - 1.8) / std::sqrt(1.36))) << i;
  }
}

// Codes .4 .2 .4 .2 .2: mean .28, population variance .0096. An unseen category is 0.
TEST_F(Categories, Frequency) {
  const proto::Preprocessing fitted = fit_as(proto::CATEGORY_ENCODING_FREQUENCY);
  EXPECT_EQ(
      std::vector<double>(fitted.columns(0).frequencies().begin(), fitted.columns(0).frequencies().end()),
      (std::vector<double>{0.2, 0.2, 0.2, 0.4}));
  const std::vector<float> inputs = apply_columns(fitted, table_, all_);
  const std::vector<double> codes = {0.4, 0.2, 0.4, 0.2, 0.2, 0, 0.2};
  ASSERT_EQ(inputs.size(), codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_FLOAT_EQ(inputs[i], static_cast<float>((codes[i] - 0.28) / std::sqrt(0.0096))) << i;
  }
}

TEST_F(Categories, MissingIsUnseenWhereNoTrainingRowHadIt) {
  training_ = {0, 1};
  EXPECT_EQ(apply_columns(fit_as(proto::CATEGORY_ENCODING_ONE_HOT), table_, std::vector<std::uint32_t>{1, 3}),
            (std::vector<float>{1, 0, 0, 0}));
}

// A model file is input like any other.
TEST(Preprocess, DamagedColumnsAreRefused) {
  proto::FittedColumn numeric;
  numeric.set_name("x");
  numeric.set_type(proto::COLUMN_TYPE_NUMERIC);
  numeric.set_scale(1);
  proto::FittedColumn words;
  words.set_name("w");
  words.set_type(proto::COLUMN_TYPE_CATEGORICAL);
  words.set_encoding(proto::CATEGORY_ENCODING_FREQUENCY);
  words.set_scale(1);
  for (const char* category : {"a", "b"}) words.add_categories(category);
  for (const double frequency : {0.25, 0.75}) words.add_frequencies(frequency);

  const auto width = [](const proto::FittedColumn& fitted) {
    proto::Preprocessing preprocessing;
    *preprocessing.add_columns() = fitted;
    return input_width(preprocessing);
  };
  EXPECT_EQ(width(numeric), 1U);
  EXPECT_EQ(width(words), 1U);

  using Damage = std::function<void(proto::FittedColumn&)>;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<proto::FittedColumn, Damage>> damages = {
      {numeric, [](auto& c) { c.set_type(proto::COLUMN_TYPE_AUTO); }},
      {numeric, [](auto& c) { c.set_type(static_cast<proto::ColumnType>(77)); }},
      {numeric, [](auto& c) { c.set_scale(0); }},
      {numeric, [](auto& c) { c.set_scale(-1); }},
      {numeric, [&](auto& c) { c.set_scale(nan); }},
      {numeric, [&](auto& c) { c.set_mean(infinity); }},
      {numeric, [&](auto& c) { c.set_imputed(nan); }},
      {words, [](auto& c) { c.set_encoding(proto::CATEGORY_ENCODING_AUTO); }},
      {words, [](auto& c) { c.clear_categories(); }},
      {words, [](auto& c) { c.set_categories(1, "a"); }},
      {words, [](auto& c) { c.set_categories(1, "A"); }},
      {words, [](auto& c) { c.add_frequencies(0); }},
      {words, [&](auto& c) { c.set_frequencies(0, nan); }},
      {words, [](auto& c) { c.set_scale(0); }},
  };
  for (const auto& [sound, damage] : damages) {
    proto::FittedColumn damaged = sound;
    damage(damaged);
    EXPECT_TRUE(refuses(
        {"model", damaged.name()}, [&] { static_cast<void>(width(damaged)); }, ErrorCode::corrupt))
        << damaged.ShortDebugString();
  }
}

}  // namespace
}  // namespace rondo::data
