#include "common/data/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/data/target.h"
#include "common/experiment/schema.h"
#include "tests/unit/common/data/tables.h"

namespace rondo::data {
namespace {

using test::bundled;
using test::experiment;
using test::small;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> drops(const proto::Experiment& e) {
  return {e.data().drop().begin(), e.data().drop().end()};
}

std::string described(const proto::Experiment& e) {
  std::string text;
  for (const proto::Column& column : e.data().columns()) {
    const bool numeric = column.type() == proto::COLUMN_TYPE_NUMERIC;
    const bool one_hot = column.encoding() == proto::CATEGORY_ENCODING_ONE_HOT;
    const bool ordinal = column.encoding() == proto::CATEGORY_ENCODING_ORDINAL;
    text += column.name() + ":" +
            (numeric   ? "number"
             : one_hot ? "one-hot"
             : ordinal ? "ordinal"
                       : "frequency") +
            " ";
  }
  return text;
}

// `rows` rows, columns by name with the cell of each row.
using Cell = std::function<std::string(int)>;
CsvTable made(int rows, const std::vector<std::pair<std::string, Cell>>& columns) {
  std::string text;
  for (std::size_t c = 0; c < columns.size(); ++c) text += (c > 0 ? "," : "") + columns[c].first;
  for (int i = 0; i < rows; ++i) {
    text += "\n";
    for (std::size_t c = 0; c < columns.size(); ++c) text += (c > 0 ? "," : "") + columns[c].second(i);
  }
  return small(text);
}
std::string number(int i) {
  return fmt::format("{}", i);
}
std::string yes_or_no(int i) {
  return i % 2 == 0 ? "yes" : "no";
}

proto::Task task_of(int rows, const Cell& target) {
  return resolve(experiment("y"), made(rows, {{"x", number}, {"y", target}})).data().task();
}

TEST(Resolve, Penguins) {
  const proto::Experiment resolved = resolve(experiment("species"), bundled("penguins"));
  EXPECT_EQ(resolved.data().task(), proto::TASK_MULTICLASS);
  EXPECT_EQ(resolved.data().metric(), proto::METRIC_ACCURACY);
  EXPECT_EQ(resolved.split().rule(), proto::SPLIT_RULE_STRATIFIED);
  EXPECT_EQ(described(resolved),
            "island:one-hot bill_length_mm:number bill_depth_mm:number flipper_length_mm:number "
            "body_mass_g:number sex:one-hot year:number ");
  EXPECT_THAT(drops(resolved), IsEmpty());
}

TEST(Resolve, BreastCancer) {
  const proto::Experiment resolved = resolve(experiment("diagnosis"), bundled("breast_cancer"));
  EXPECT_EQ(resolved.data().task(), proto::TASK_BINARY);
  EXPECT_EQ(resolved.data().metric(), proto::METRIC_ACCURACY);
  EXPECT_EQ(resolved.data().columns_size(), 30);
  EXPECT_THAT(drops(resolved), IsEmpty());
}

TEST(Resolve, Digits) {
  const proto::Experiment resolved = resolve(experiment("digit"), bundled("digits"));
  EXPECT_EQ(resolved.data().task(), proto::TASK_MULTICLASS) << "ten whole numbers are classes";
  // Corners that no digit touches; others may be constant on the training rows alone.
  for (const char* corner : {"p00", "p40", "p47"}) EXPECT_THAT(drops(resolved), ::testing::Contains(corner));
  EXPECT_EQ(resolved.data().columns_size() + resolved.data().drop_size(), 64);
  for (const proto::Column& column : resolved.data().columns()) {
    EXPECT_EQ(column.type(), proto::COLUMN_TYPE_NUMERIC);
  }
}

TEST(Resolve, Diabetes) {
  const proto::Experiment resolved = resolve(experiment("progression"), bundled("diabetes"));
  EXPECT_EQ(resolved.data().task(), proto::TASK_REGRESSION) << "214 whole numbers are a quantity";
  EXPECT_EQ(resolved.data().metric(), proto::METRIC_RMSE);
  EXPECT_EQ(resolved.split().rule(), proto::SPLIT_RULE_SHUFFLED);
  EXPECT_EQ(resolved.data().columns_size(), 10);
}

TEST(Resolve, IsIdempotent) {
  for (const auto& [name, target] :
       {std::pair{"penguins", "species"}, std::pair{"breast_cancer", "diagnosis"},
        std::pair{"digits", "digit"}, std::pair{"diabetes", "progression"},
        std::pair{"penguins", "body_mass_g"}}) {
    const CsvTable table = std::string(target) == "body_mass_g"
                               ? made(60, {{"body_mass_g", number},
                                           {"name", [](int i) { return "n" + number(i); }},
                                           {"sex", yes_or_no}})
                               : bundled(name);
    proto::Experiment e = experiment(target);
    e.mutable_split()->set_test(0.2);
    const proto::Experiment once = resolve(e, table);
    const proto::Experiment twice = resolve(once, table);
    EXPECT_EQ(once.SerializeAsString(), twice.SerializeAsString()) << name;
    EXPECT_EQ(identity(once), identity(twice));
  }
}

TEST(Resolve, FillsDefaultsAndKeepsWhatIsSaid) {
  proto::Experiment e = experiment("y");
  e.mutable_search()->set_lanes(5);
  e.mutable_data()->set_metric(proto::METRIC_ROC_AUC);
  e.mutable_data()->set_task(proto::TASK_MULTICLASS);
  e.mutable_split()->set_rule(proto::SPLIT_RULE_SHUFFLED);
  const proto::Experiment resolved = resolve(e, made(40, {{"x", number}, {"y", yes_or_no}}));
  EXPECT_EQ(resolved.search().lanes(), 5U);
  EXPECT_EQ(resolved.training().epochs(), 1000U);
  EXPECT_EQ(resolved.split().validation(), 0.2);
  EXPECT_EQ(resolved.data().metric(), proto::METRIC_ROC_AUC);
  EXPECT_EQ(resolved.data().task(), proto::TASK_MULTICLASS);
  EXPECT_EQ(resolved.split().rule(), proto::SPLIT_RULE_SHUFFLED);
}

TEST(ResolveTask, IsInferred) {
  EXPECT_EQ(task_of(40, yes_or_no), proto::TASK_BINARY);
  EXPECT_EQ(task_of(40, [](int i) { return i % 2 == 0 ? "True" : "False"; }), proto::TASK_BINARY);
  EXPECT_EQ(task_of(40, [](int i) { return i % 2 == 0 ? "0" : "1"; }), proto::TASK_BINARY);
  EXPECT_EQ(task_of(40, [](int i) { return i % 2 == 0 ? "-0.5" : "0.5"; }), proto::TASK_BINARY);
  EXPECT_EQ(task_of(40, [](int i) { return std::string(1, static_cast<char>('a' + i % 3)); }),
            proto::TASK_MULTICLASS);
  EXPECT_EQ(task_of(40, [](int i) { return i % 4 == 0 ? "other" : number(i % 4); }), proto::TASK_MULTICLASS);
  EXPECT_EQ(task_of(40, [](int i) { return number(i % 4); }), proto::TASK_MULTICLASS) << "4 · 10 rows";
  EXPECT_EQ(task_of(39, [](int i) { return number(i % 4); }), proto::TASK_REGRESSION) << "4 · 10 > 39";
  EXPECT_EQ(task_of(400, [](int i) { return number(i % 20); }), proto::TASK_MULTICLASS);
  EXPECT_EQ(task_of(400, [](int i) { return number(i % 21); }), proto::TASK_REGRESSION);
  EXPECT_EQ(task_of(400, [](int i) { return number(i % 4) + ".0"; }), proto::TASK_MULTICLASS);
  EXPECT_EQ(task_of(400, [](int i) { return number(i % 4) + ".5"; }), proto::TASK_REGRESSION);
}

TEST(ResolveTask, CanBeSaid) {
  proto::Experiment e = experiment("y");
  e.mutable_data()->set_task(proto::TASK_REGRESSION);
  const CsvTable table = made(40, {{"x", number}, {"y", [](int i) { return number(i % 4); }}});
  EXPECT_EQ(resolve(e, table).data().task(), proto::TASK_REGRESSION);
}

TEST(ResolveLabels, NumbersAsNumbersThenTextByBytes) {
  const CsvTable table = small("y,x\n10,1\n9,1\nb,1\nB,1\n1.0,1\n-2,1\n1,1\né,1\na,1\n,1\n+9,1\n");
  EXPECT_THAT(collect_labels(table, 0), ElementsAre("-2", "1", "9", "10", "B", "a", "b", "é"));
}

TEST(ResolveColumns, TypesAreInferred) {
  const CsvTable table = made(60, {{"n", number},
                                   {"gaps", [](int i) { return i % 3 == 0 ? "NA" : number(i); }},
                                   {"flag", [](int i) { return i % 2 == 0 ? "true" : "false"; }},
                                   {"mixed", [](int i) { return i == 7 || i == 9 ? "?" : number(i % 5); }},
                                   {"y", yes_or_no}});
  EXPECT_EQ(described(resolve(experiment("y"), table)), "n:number gaps:number flag:one-hot mixed:one-hot ");
}

TEST(ResolveColumns, EncodingFollowsTheLimit) {
  const CsvTable table = made(100, {{"few", [](int i) { return "w" + number(i % 3); }},
                                    {"many", [](int i) { return "w" + number(i % 4); }},
                                    {"y", [](int i) { return i < 50 ? "yes" : "no"; }}});
  proto::Experiment e = experiment("y");
  e.mutable_data()->set_one_hot_limit(3);
  EXPECT_EQ(described(resolve(e, table)), "few:one-hot many:frequency ");
}

TEST(ResolveColumns, CanBeDescribed) {
  const CsvTable table = made(60, {{"n", [](int i) { return number(i % 4); }},
                                   {"m", [](int i) { return number(i % 4); }},
                                   {"one", [](int) { return "1"; }},
                                   {"key", [](int i) { return "k" + number(i); }},
                                   {"y", yes_or_no}});
  proto::Experiment e = experiment("y");
  const auto describe = [&](const char* name) {
    e.mutable_data()->add_columns()->set_name(name);
    return e.mutable_data()->mutable_columns(e.data().columns_size() - 1);
  };
  describe("key");
  describe("one");
  describe("m")->set_type(proto::COLUMN_TYPE_CATEGORICAL);
  describe("n")->set_encoding(proto::CATEGORY_ENCODING_ORDINAL);
  const proto::Experiment resolved = resolve(e, table);
  EXPECT_EQ(described(resolved), "n:ordinal m:one-hot one:number key:frequency ") << "in the table's order";
  EXPECT_THAT(drops(resolved), IsEmpty()) << "what is described stays";
}

TEST(ResolveColumns, UselessOnesAreLeftOutAndNamed) {
  const CsvTable table = made(60, {{"n", number},
                                   {"one", [](int i) { return i % 2 == 0 ? "1" : "1.0"; }},
                                   {"word", [](int) { return "w"; }},
                                   {"empty", [](int) { return ""; }},
                                   {"key", [](int i) { return "k" + number(i); }},
                                   {"some", [](int i) { return i % 2 == 0 ? "" : "1"; }},
                                   {"dirty", [](int i) { return i == 7 || i == 8 ? "?" : number(i); }},
                                   {"other", number},
                                   {"y", yes_or_no}});
  proto::Experiment e = experiment("y");
  e.mutable_data()->add_drop("other");
  const proto::Experiment resolved = resolve(e, table);
  EXPECT_THAT(drops(resolved), ElementsAre("other", "one", "word", "empty", "key"));
  const std::vector<std::string> notes = resolution_notes(e, resolved, table);
  EXPECT_THAT(notes,
              ElementsAre(AllOf(HasSubstr("task: binary"), HasSubstr("'no', 'yes'")),
                          AllOf(HasSubstr("'one' is left out"), HasSubstr("same value")),
                          HasSubstr("'word' is left out"), HasSubstr("'empty' is left out"),
                          AllOf(HasSubstr("'key' is left out"), HasSubstr("text of its own")),
                          AllOf(HasSubstr("'dirty' is categorical"), HasSubstr("line 9"), HasSubstr("'?'"))));
  EXPECT_THAT(resolution_notes(resolved, resolved, table), IsEmpty()) << "nothing is new the second time";
}

TEST(ResolveColumns, SplitColumnIsNoInput) {
  const CsvTable table = made(
      30,
      {{"x", number}, {"part", [](int i) { return i % 3 == 0 ? "validation" : "train"; }}, {"y", yes_or_no}});
  proto::Experiment e = experiment("y");
  e.mutable_split()->set_column("part");
  const proto::Experiment resolved = resolve(e, table);
  EXPECT_EQ(resolved.split().rule(), proto::SPLIT_RULE_COLUMN);
  EXPECT_EQ(described(resolved), "x:number ");
  EXPECT_THAT(drops(resolved), IsEmpty());
}

}  // namespace
}  // namespace rondo::data
