// Everything that resolve() refuses, with the words that a user needs.
#include <gtest/gtest.h>

#include "common/data/resolve.h"
#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::refuses;
using test::small;
using Change = std::function<void(proto::Experiment&)>;
using Texts = std::vector<std::string>;

// x: a number, word: three words, y: yes or no; 30 rows. `y` of row `row` can be another.
std::string rows_with(int row, const std::string& y) {
  std::string text = "x,word,y\n";
  for (int i = 0; i < 30; ++i) {
    text += fmt::format("{},w{},{}\n", i, i % 3, i == row ? y : i % 2 == 0 ? "yes" : "no");
  }
  return text;
}

testing::AssertionResult refused(const Texts& message, const Change& change,
                                 const std::string& text = rows_with(-1, "")) {
  proto::Experiment e = test::experiment("y");
  change(e);
  const CsvTable table = small(text);
  return refuses(message, [&] { static_cast<void>(resolve(e, table)); });
}
void nothing(proto::Experiment&) {}

proto::DataSettings& data(proto::Experiment& e) {
  return *e.mutable_data();
}
proto::SplitSettings& split(proto::Experiment& e) {
  return *e.mutable_split();
}
proto::Column& column(proto::Experiment& e, const char* name) {
  proto::Column& added = *e.mutable_data()->add_columns();
  added.set_name(name);
  return added;
}

TEST(ResolveErrors, Names) {
  EXPECT_TRUE(refused({"data.target is empty"}, [](auto& e) { data(e).clear_target(); }));
  EXPECT_TRUE(refused({"data.target", "small.csv", "no column 'wrd'", "did you mean 'word'"},
                      [](auto& e) { data(e).set_target("wrd"); }));
  EXPECT_TRUE(refused({"data.target", "no column 'something_else'", "'x', 'word', 'y'"},
                      [](auto& e) { data(e).set_target("something_else"); }));
  EXPECT_TRUE(refused({"data.drop", "no column 'words'", "did you mean 'word'"},
                      [](auto& e) { data(e).add_drop("words"); }));
  EXPECT_TRUE(refused({"data.drop", "the target 'y'"}, [](auto& e) { data(e).add_drop("y"); }));
  EXPECT_TRUE(refused({"data.drop", "twice"}, [](auto& e) {
    data(e).add_drop("x");
    data(e).add_drop("x");
  }));
  EXPECT_TRUE(refused({"data.columns", "no column 'wort'", "did you mean 'word'"},
                      [](auto& e) { column(e, "wort"); }));
  EXPECT_TRUE(refused({"data.columns", "'y'", "target"}, [](auto& e) { column(e, "y"); }));
  EXPECT_TRUE(refused({"data.columns", "'x'", "dropped"}, [](auto& e) {
    data(e).add_drop("x");
    column(e, "x");
  }));
  EXPECT_TRUE(refused({"data.columns", "'x'", "twice"}, [](auto& e) {
    column(e, "x");
    column(e, "x");
  }));
}

TEST(ResolveErrors, Columns) {
  EXPECT_TRUE(refused({"small.csv:2:", "'word'", "'w0'", "numbers are needed"},
                      [](auto& e) { column(e, "word").set_type(proto::COLUMN_TYPE_NUMERIC); }));
  EXPECT_TRUE(refused({"data.columns", "'x'", "numeric", "one_hot"}, [](auto& e) {
    column(e, "x").set_type(proto::COLUMN_TYPE_NUMERIC);
    data(e).mutable_columns(0)->set_encoding(proto::CATEGORY_ENCODING_ONE_HOT);
  }));
  EXPECT_TRUE(refused({"small.csv", "no input column"}, [](auto& e) {
    data(e).add_drop("x");
    data(e).add_drop("word");
  }));
  std::string infinite = rows_with(-1, "");
  infinite.replace(infinite.find("\n5,"), 3, "\n-inf,");
  EXPECT_TRUE(refused({"small.csv:7:", "'x'", "'-inf'", "1e+120"}, nothing, infinite));
}

TEST(ResolveErrors, Target) {
  EXPECT_TRUE(
      refused({"small.csv", "'y'", "missing in 1 of 30 rows", "line 6"}, nothing, rows_with(4, "NA")));
  std::string one = "x,y\n";
  std::string all_missing = "x,y\n";
  std::string constant = "x,y\n";
  std::string three = "x,y\n";
  for (int i = 0; i < 30; ++i) {
    one += fmt::format("{},same\n", i);
    all_missing += fmt::format("{},\n", i);
    constant += fmt::format("{},2.5\n", i);
    three += fmt::format("{},c{}\n", i, i % 3);
  }
  EXPECT_TRUE(refused({"small.csv", "'y' has one class, 'same'"}, nothing, one));
  EXPECT_TRUE(refused({"missing in 30 of 30 rows", "line 2, 3, 4, 5, 6, …"}, nothing, all_missing));
  EXPECT_TRUE(refused({"'y' has one class, '2.5'"}, nothing, constant));
  const Change regression = [](auto& e) { data(e).set_task(proto::TASK_REGRESSION); };
  EXPECT_TRUE(refused({"'y' is '2.5' in every row"}, regression, constant));
  EXPECT_TRUE(refused({"small.csv:2:", "'y'", "'yes'", "numbers are needed"}, regression));
  EXPECT_TRUE(refused(
      {"data.task is binary", "3 classes", "'c0', 'c1', 'c2'", "multiclass"},
      [](auto& e) { data(e).set_task(proto::TASK_BINARY); }, three));
}

TEST(ResolveErrors, Metric) {
  EXPECT_TRUE(refused({"data.metric rmse", "binary", "accuracy, log_loss, roc_auc"},
                      [](auto& e) { data(e).set_metric(proto::METRIC_RMSE); }));
  std::string numbers = "x,y\n";
  for (int i = 0; i < 30; ++i) numbers += fmt::format("{},{}\n", i, i * 1.25);
  EXPECT_TRUE(refused(
      {"data.metric accuracy", "regression", "rmse, mae, r2"},
      [](auto& e) { data(e).set_metric(proto::METRIC_ACCURACY); }, numbers));
  EXPECT_TRUE(refused(
      {"split.rule stratified", "regression"},
      [](auto& e) { split(e).set_rule(proto::SPLIT_RULE_STRATIFIED); }, numbers));
}

TEST(ResolveErrors, Split) {
  EXPECT_TRUE(
      refused({"small.csv", "too few rows", "split.test = 30"}, [](auto& e) { split(e).set_test(30); }));
  EXPECT_TRUE(refused({"split.validation = 24", "24 of 24 rows"}, [](auto& e) {
    split(e).set_test(0.2);
    split(e).set_validation(24);
  }));
  EXPECT_TRUE(refused({"split.test is 2.5"}, [](auto& e) { split(e).set_test(2.5); }));
  EXPECT_TRUE(refused({"split.validation is 0"}, [](auto& e) { split(e).set_validation(0); }));
  EXPECT_TRUE(refused({"split.validation", "-0.5"}, [](auto& e) { split(e).set_validation(-0.5); }));
  EXPECT_TRUE(refused({"small.csv", "too few rows", "2", "at least 3"}, nothing, "x,y\n1,a\n2,b\n"));
  EXPECT_TRUE(refused({"split.rule is column", "split.column"},
                      [](auto& e) { split(e).set_rule(proto::SPLIT_RULE_COLUMN); }));
  EXPECT_TRUE(refused({"split.column is 'word'", "split.rule"}, [](auto& e) {
    split(e).set_column("word");
    split(e).set_rule(proto::SPLIT_RULE_SHUFFLED);
  }));
  EXPECT_TRUE(
      refused({"split.column", "no column 'wor'", "'word'"}, [](auto& e) { split(e).set_column("wor"); }));
  EXPECT_TRUE(refused({"split.column is the target 'y'"}, [](auto& e) { split(e).set_column("y"); }));
  EXPECT_TRUE(refused({"small.csv:2:", "'word'", "'w0'"}, [](auto& e) { split(e).set_column("word"); }));
}

TEST(ResolveErrors, RareClasses) {
  EXPECT_TRUE(refused({"class 'rare'", "1 row,", "2 parts"}, nothing, rows_with(4, "rare")));
  std::string two = rows_with(4, "rare");
  two += "1,w1,rare\n";
  EXPECT_TRUE(refused(
      {"class 'rare'", "2 rows,", "3 parts"}, [](auto& e) { split(e).set_test(0.2); }, two));
  std::string names = "x,y\n";
  for (int i = 0; i < 30; ++i) names += fmt::format("{},n{}\n", i, i);
  EXPECT_TRUE(refused({"class 'n0'", "another target"}, nothing, names));
  EXPECT_TRUE(refused(
      {"class 'late'", "no training row", "stratified"},
      [](auto& e) { split(e).set_rule(proto::SPLIT_RULE_LAST_ROWS); }, rows_with(29, "late")));
}

TEST(ResolveErrors, ConvolutionsAndImages) {
  EXPECT_TRUE(refused({"space.convolution_layers has 2", "data.image", "[0]"}, [](auto& e) {
    e.mutable_space()->add_convolution_layers(0);
    e.mutable_space()->add_convolution_layers(2);
  }));
  EXPECT_TRUE(refused({"data.image has a height", "no width", "--image-width"},
                      [](auto& e) { e.mutable_data()->mutable_image()->set_height(8); }));
  EXPECT_TRUE(refused({"data.image.width", "0", "minimum 1"},
                      [](auto& e) { e.mutable_data()->mutable_image()->set_width(0); }));
}

}  // namespace
}  // namespace rondo::data
