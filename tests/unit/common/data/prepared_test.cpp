#include "common/data/prepared.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/data/preprocess.h"
#include "common/data/resolve.h"
#include "common/data/split.h"
#include "common/experiment/canonical.h"
#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::bundled;
using test::cells;
using test::experiment;
using test::refuses;
using test::small;
using test::text_of;

std::size_t count_of(const std::vector<std::uint32_t>& classes, std::uint32_t wanted) {
  return static_cast<std::size_t>(std::count(classes.begin(), classes.end(), wanted));
}

proto::Experiment penguins() {
  proto::Experiment e = experiment("species");
  e.mutable_split()->set_test(0.2);
  e.mutable_search()->set_seed(7);
  return e;
}

TEST(Prepared, Penguins) {
  const CsvTable table = bundled("penguins");
  const proto::Experiment resolved = resolve(penguins(), table);
  const PreparedData data = prepare(resolved, table, FitOn::training);
  EXPECT_EQ(data.task, proto::TASK_MULTICLASS);
  EXPECT_EQ(data.metric, proto::METRIC_ACCURACY);
  EXPECT_EQ(data.test.rows, 69U);        // ⌈0.2 · 344⌉
  EXPECT_EQ(data.validation.rows, 55U);  // ⌈0.2 · 275⌉
  EXPECT_EQ(data.train.rows, 220U);
  const proto::FittedTarget& target = data.preprocessing.target();
  EXPECT_EQ(std::vector<std::string>(target.labels().begin(), target.labels().end()),
            (std::vector<std::string>{"Adelie", "Chinstrap", "Gentoo"}));
  // 152, 68 and 124 rows: 30.49, 13.64, 24.87 of 69.
  EXPECT_EQ(count_of(data.test.classes, 0), 30U);
  EXPECT_EQ(count_of(data.test.classes, 1), 14U);
  EXPECT_EQ(count_of(data.test.classes, 2), 25U);
  EXPECT_EQ(data.shape.inputs, input_width(data.preprocessing));
  EXPECT_EQ(data.shape.outputs, 3U);
  EXPECT_EQ(data.shape.training_rows, 220U);
  for (const Part* part : {&data.train, &data.validation, &data.test}) {
    EXPECT_EQ(part->inputs.size(), part->rows * data.shape.inputs);
    EXPECT_EQ(part->classes.size(), part->rows);
    EXPECT_TRUE(part->targets.empty());
    EXPECT_TRUE(part->raw_targets.empty());
  }
}

TEST(Prepared, RegressionTargetsAreStandardised) {
  const CsvTable table = bundled("diabetes");
  const PreparedData data = prepare(resolve(experiment("progression"), table), table, FitOn::training);
  EXPECT_EQ(data.task, proto::TASK_REGRESSION);
  EXPECT_EQ(data.metric, proto::METRIC_RMSE);
  EXPECT_EQ(data.shape.outputs, 1U);
  const proto::FittedTarget& target = data.preprocessing.target();
  const Standard standard = fit_standard(data.train.raw_targets);
  EXPECT_EQ(target.mean(), standard.mean);
  EXPECT_EQ(target.scale(), standard.scale);
  for (std::size_t i = 0; i < data.validation.rows; ++i) {
    EXPECT_EQ(data.validation.targets[i],
              static_cast<float>((data.validation.raw_targets[i] - target.mean()) / target.scale()));
  }
  EXPECT_TRUE(data.train.classes.empty());
  EXPECT_EQ(data.test.rows, 0U);
}

TEST(Prepared, BinaryHasOneOutput) {
  const CsvTable table = bundled("breast_cancer");
  const PreparedData data = prepare(resolve(experiment("diagnosis"), table), table, FitOn::training);
  EXPECT_EQ(data.task, proto::TASK_BINARY);
  EXPECT_EQ(data.shape.outputs, 1U);
  EXPECT_EQ(data.shape.inputs, 30U);
  EXPECT_EQ(data.preprocessing.target().labels(0), "benign");
  EXPECT_EQ(data.preprocessing.target().labels(1), "malignant");
}

// The winner is trained on training and validation rows, the preprocessing fitted to them; test rows stay
// out.
TEST(Prepared, RetrainingJoinsTheRows) {
  const CsvTable table = bundled("penguins");
  const proto::Experiment resolved = resolve(penguins(), table);
  const PreparedData search = prepare(resolved, table, FitOn::training);
  const PreparedData both = prepare(resolved, table, FitOn::training_and_validation);
  EXPECT_EQ(both.train.rows, search.train.rows + search.validation.rows);
  EXPECT_EQ(both.shape.training_rows, both.train.rows);
  EXPECT_EQ(both.validation.rows, 0U);
  EXPECT_TRUE(both.validation.inputs.empty());
  EXPECT_EQ(both.test.rows, search.test.rows);
  EXPECT_EQ(both.test.classes, search.test.classes);
  EXPECT_NE(both.preprocessing.columns(1).mean(), search.preprocessing.columns(1).mean());
  for (std::uint32_t c = 0; c < 3; ++c) {
    EXPECT_EQ(count_of(both.train.classes, c),
              count_of(search.train.classes, c) + count_of(search.validation.classes, c));
  }
}

// Other numbers and words in rows that are not fitted on change nothing that is fitted.
TEST(Prepared, NothingLeaksFromOtherRows) {
  const CsvTable table = bundled("penguins");
  proto::Experiment e = penguins();
  proto::Column& island = *e.mutable_data()->add_columns();
  island.set_name("island");
  island.set_encoding(proto::CATEGORY_ENCODING_FREQUENCY);
  const proto::Experiment resolved = resolve(e, table);
  const Split split = split_rows(
      resolved.split(), MasterSeed(7), table,
      prepare(resolved, table, FitOn::training).train.classes.empty() ? std::vector<std::uint32_t>() : [&] {
        std::vector<std::uint32_t> classes;
        for (const auto& row : cells(table)) {
          classes.push_back(row[0] == "Adelie" ? 0 : row[0] == "Chinstrap" ? 1 : 2);
        }
        return classes;
      }());
  const auto changed = [&](const std::vector<std::uint32_t>& rows) {
    std::vector<std::vector<std::string>> text = cells(table);
    for (const std::uint32_t row : rows) {
      for (std::size_t c = 1; c < table.columns(); ++c) {
        const bool is_word = table.header()[c] == "island" || table.header()[c] == "sex";
        text[row][c] = row % 3 == 0 ? "" : is_word ? "elsewhere" : "1e9";
      }
    }
    return small(text_of(table.header(), text));
  };
  const auto fitted = [&](const CsvTable& of, FitOn fit_on) {
    return canonical_serialize(prepare(resolved, of, fit_on).preprocessing);
  };
  for (const FitOn fit_on : {FitOn::training, FitOn::training_and_validation}) {
    EXPECT_EQ(fitted(table, fit_on), fitted(changed(split.test), fit_on));
  }
  const CsvTable other_validation = changed(split.validation);
  EXPECT_EQ(fitted(table, FitOn::training), fitted(other_validation, FitOn::training));
  EXPECT_NE(fitted(table, FitOn::training_and_validation),
            fitted(other_validation, FitOn::training_and_validation));
  EXPECT_NE(fitted(table, FitOn::training), fitted(changed(split.training), FitOn::training));
  // What is concluded from the table as a whole does not move either.
  EXPECT_EQ(canonical_serialize(resolve(e, table)), canonical_serialize(resolve(e, changed(split.test))));
}

TEST(PreparePart, GivesTheRowsOfTheirOwnTableAgain) {
  const CsvTable table = bundled("penguins");
  proto::Experiment e = penguins();
  e.mutable_split()->set_rule(proto::SPLIT_RULE_LAST_ROWS);
  e.mutable_split()->set_test(100);
  e.mutable_data()->set_target("island");  // whose islands are spread over the rows
  const PreparedData data = prepare(resolve(e, table), table, FitOn::training);
  const Part whole = prepare_part(data.preprocessing, table, true);
  ASSERT_EQ(whole.rows, table.rows());
  EXPECT_TRUE(std::equal(data.train.inputs.begin(), data.train.inputs.end(), whole.inputs.begin()));
  EXPECT_TRUE(std::equal(data.test.inputs.rbegin(), data.test.inputs.rend(), whole.inputs.rbegin()));
  EXPECT_TRUE(std::equal(data.test.classes.rbegin(), data.test.classes.rend(), whole.classes.rbegin()));
}

class Model : public ::testing::Test {
 protected:
  proto::Preprocessing preprocessing(const std::string& target) {
    std::string text = "x,word,y,label\n";
    for (int i = 0; i < 40; ++i) {
      text += fmt::format("{},{},{},{}\n", i, i % 3 == 0 ? "a" : "b", i * 1.5, i % 2 == 0 ? "1.0" : "2");
    }
    const CsvTable table = small(text);
    proto::Experiment e = experiment(target);
    e.mutable_data()->add_drop(target == "y" ? "label" : "y");
    return prepare(resolve(e, table), table, FitOn::training).preprocessing;
  }
};

TEST_F(Model, FindsColumnsByName) {
  const proto::Preprocessing fitted = preprocessing("y");
  const Part part = prepare_part(fitted, small("x,word,y\n3,a,4\n5,c,6\n"), true);
  const Part other = prepare_part(fitted, small("new,y,word,x\n?,4,a,3\n?,6,c,5\n"), true);
  EXPECT_EQ(part.inputs, other.inputs);
  EXPECT_EQ(part.targets, other.targets);
  EXPECT_EQ(part.raw_targets, (std::vector<double>{4, 6}));
  const Part without = prepare_part(fitted, small("word,x\na,3\nc,5\n"), false);
  EXPECT_EQ(part.inputs, without.inputs);
  EXPECT_TRUE(without.raw_targets.empty());
  EXPECT_EQ(without.rows, 2U);
}

TEST_F(Model, UnseenCategoriesAreZeros) {
  const Part part = prepare_part(preprocessing("y"), small("x,word\n3,c\n3,\n3,b\n"), false);
  ASSERT_EQ(part.inputs.size(), 9U);
  EXPECT_EQ(part.inputs[1], 0);
  EXPECT_EQ(part.inputs[2], 0);
  EXPECT_EQ(part.inputs[4], 0);
  EXPECT_EQ(part.inputs[5], 0);
  EXPECT_EQ(part.inputs[8], 1);
}

TEST_F(Model, LabelsAreFoundAsNumbersOrBytes) {
  const Part part =
      prepare_part(preprocessing("label"), small("x,word,label\n1,a,2\n1,a,1\n1,a,2.00\n"), true);
  EXPECT_EQ(part.classes, (std::vector<std::uint32_t>{1, 0, 1}));
}

TEST_F(Model, SaysWhatItMisses) {
  const auto refused = [&](const std::string& target, const std::string& text, bool with_target,
                           const std::vector<std::string>& message) {
    return refuses(message,
                   [&] { static_cast<void>(prepare_part(preprocessing(target), small(text), with_target)); });
  };
  EXPECT_TRUE(refused("y", "word,X1\na,1\n", false, {"small.csv has no column 'x'"}));
  EXPECT_TRUE(refused("y", "x,words\n1,a\n", false, {"no column 'word'", "did you mean 'words'"}));
  EXPECT_TRUE(refused("y", "x,word\n1,a\n", true, {"the model's target", "no column 'y'"}));
  EXPECT_TRUE(refused("y", "x,word,y\n1,a,2\noops,a,2\n", true, {"small.csv:3:", "'x'", "'oops'"}));
  EXPECT_TRUE(refused("y", "x,word,y\n1,a,2\n1,a,\n", true, {"small.csv:3:", "'y'", "missing"}));
  EXPECT_TRUE(refused("y", "x,word,y\n1,a,two\n", true, {"small.csv:2:", "'y'", "'two'"}));
  EXPECT_TRUE(
      refused("label", "x,word,label\n1,a,3\n", true, {"small.csv:2:", "'label'", "'3'", "'1.0', '2'"}));
  EXPECT_TRUE(refused("label", "x,word,label\n1,a,NA\n", true, {"small.csv:2:", "missing"}));
}

TEST_F(Model, DamagedTargetsAreRefused) {
  const CsvTable table = small("x,word,y,label\n1,a,2,1\n");
  const auto refused = [&](const proto::Preprocessing& damaged) {
    return refuses(
        {"model"}, [&] { static_cast<void>(prepare_part(damaged, table, true)); }, ErrorCode::corrupt);
  };
  proto::Preprocessing no_scale = preprocessing("y");
  no_scale.mutable_target()->set_scale(0);
  EXPECT_TRUE(refused(no_scale));
  proto::Preprocessing no_labels = preprocessing("label");
  no_labels.mutable_target()->clear_labels();
  EXPECT_TRUE(refused(no_labels));
  proto::Preprocessing one_class_twice = preprocessing("label");
  one_class_twice.mutable_target()->set_labels(1, "1");
  EXPECT_TRUE(refused(one_class_twice));
}

// Of the experiment on a table whose target is the last column.
proto::Experiment image_experiment(std::uint32_t height, std::uint32_t width, std::uint32_t channels) {
  proto::Experiment e = experiment("y");
  e.mutable_data()->mutable_image()->set_height(height);
  e.mutable_data()->mutable_image()->set_width(width);
  e.mutable_data()->mutable_image()->set_channels(channels);
  e.mutable_space()->add_convolution_layers(1);
  return e;
}

TEST(Image, KeepsColumnsOfOneValueAndHasItsExtents) {
  std::string text = "a,b,c,d,e,f,y\n";
  for (int row = 0; row < 12; ++row)
    text += fmt::format("0,{},{},1,0,{},{}\n", row, row * 5 % 7, row % 3, row % 2);
  const CsvTable table = small(text);
  const proto::Experiment resolved = resolve(image_experiment(1, 3, 2), table);
  EXPECT_EQ(resolved.data().columns_size(), 6);
  const PreparedData data = prepare(resolved, table, FitOn::training);
  EXPECT_EQ(data.shape.inputs, 6u);
  EXPECT_EQ(data.shape.image.height, 1u);
  EXPECT_EQ(data.shape.image.width, 3u);
  EXPECT_EQ(data.shape.image.channels, 2u);
  EXPECT_EQ(data.preprocessing.image().width(), 3u);
  // A column of one value is 0 everywhere.
  for (std::size_t row = 0; row < data.train.rows; ++row) EXPECT_EQ(data.train.inputs[6 * row], 0);
  EXPECT_FALSE(prepare(resolve(experiment("y"), table), table, FitOn::training).shape.image.exists());
}

TEST(Image, MustHaveAsManyNumbersAsARowHasInputs) {
  std::string text = "a,b,c,d,y\n";
  for (int row = 0; row < 12; ++row) {
    text += fmt::format("{},{},{},{},{}\n", row == 1 ? "" : "5", row, row * 5 % 7, row % 3 == 0 ? "u" : "v",
                        row % 2);
  }
  const CsvTable table = small(text);
  const auto prepared = [&](std::uint32_t height, std::uint32_t width) {
    return [&table, height, width] {
      proto::Experiment e = image_experiment(height, width, 1);
      e.mutable_split()->set_rule(proto::SPLIT_RULE_LAST_ROWS);
      static_cast<void>(prepare(resolve(e, table), table, FitOn::training));
    };
  };
  EXPECT_TRUE(refuses({"data.image: 2 x 2 x 1 are 4 numbers", "a row has 6 inputs", "3 numeric columns",
                       "1 indicators of missing cells", "2 inputs of encoded categories"},
                      prepared(2, 2)));
  prepared(3, 2)();
}

}  // namespace
}  // namespace rondo::data
