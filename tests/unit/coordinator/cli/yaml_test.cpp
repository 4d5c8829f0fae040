#include "coordinator/cli/yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/experiment/schema.h"
#include "common/experiment/values.h"

namespace rondo::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const std::string& text) {
  try {
    (void)read_yaml(text, "f.yaml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "accepted";
}

TEST(ReadYaml, TakesWhatTheFileSaysAndNothingElse) {
  const proto::Experiment experiment = read_yaml(
      "# a comment\n"
      "data:\n"
      "  path: tables/train.csv\n"
      "  target: 'has: a colon'\n"
      "  drop: [name, \"row id\"]\n"
      "  task: binary\n"
      "  columns:\n"
      "    - name: age\n"
      "      type: numeric\n"
      "    - {name: 1e5, encoding: one_hot}\n"
      "search: {seed: 18446744073709551615, lanes: 8, evolution: {sample: 3}}\n"
      "space:\n"
      "  units:\n"
      "  - 8\n"
      "  - 16\n"
      "  batch_norm: [true]\n"
      "  learning_rate: [1e-3, 0.5]\n"
      "training:\n",
      "f.yaml");
  EXPECT_EQ(experiment.data().path(), "tables/train.csv");
  EXPECT_EQ(experiment.data().target(), "has: a colon");
  EXPECT_THAT(experiment.data().drop(), ElementsAre("name", "row id"));
  EXPECT_EQ(experiment.data().task(), proto::TASK_BINARY);
  ASSERT_EQ(experiment.data().columns_size(), 2);
  EXPECT_EQ(experiment.data().columns(0).type(), proto::COLUMN_TYPE_NUMERIC);
  EXPECT_FALSE(experiment.data().columns(0).has_encoding());
  EXPECT_EQ(experiment.data().columns(1).name(), "1e5");
  EXPECT_EQ(experiment.search().seed(), 18446744073709551615U);
  EXPECT_EQ(experiment.search().evolution().sample(), 3u);
  EXPECT_FALSE(experiment.search().has_sampler());
  EXPECT_THAT(experiment.space().units(), ElementsAre(8, 16));
  EXPECT_THAT(experiment.space().batch_norm(), ElementsAre(true));
  EXPECT_THAT(experiment.space().learning_rate(), ElementsAre(0.001F, 0.5F));
  EXPECT_FALSE(experiment.data().has_metric());
  EXPECT_FALSE(experiment.training().has_epochs());
  EXPECT_FALSE(experiment.has_budget());
}

TEST(ReadYaml, ReadsOtherLineEndsAndAByteOrderMark) {
  const proto::Experiment experiment =
      read_yaml("\xef\xbb\xbfsearch:\r\n  lanes: 3\r\n  seed: 4\r\n", "f.yaml");
  EXPECT_EQ(experiment.search().lanes(), 3u);
  EXPECT_EQ(experiment.search().seed(), 4u);
}

TEST(ReadYaml, RefusesAnUnknownKeyWithItsPlaceAndTheNearestName) {
  EXPECT_EQ(refusal("search:\n  lanez: 3\n"), "f.yaml:2:3: search.lanez: unknown key; did you mean lanes?");
  EXPECT_EQ(refusal("data: {}\nserch:\n  lanes: 3\n"),
            "f.yaml:2:1: serch: unknown key; did you mean search?");
  EXPECT_EQ(refusal("search: {seed: 1, evolution: {populaton: 3}}\n"),
            "f.yaml:1:31: search.evolution.populaton: unknown key; did you mean population?");
  EXPECT_EQ(refusal("data:\n  columns:\n    - {name: a, tipe: numeric}\n"),
            "f.yaml:3:17: data.columns[0].tipe: unknown key; did you mean type?");
  EXPECT_EQ(refusal("search:\n  zebra crossing: 3\n"), "f.yaml:2:3: search.zebra crossing: unknown key");
  EXPECT_EQ(refusal("<<: {}\n"), "f.yaml:1:1: <<: unknown key");
}

TEST(ReadYaml, KnowsTheGroupOfAKeyThatStandsElsewhere) {
  EXPECT_EQ(refusal("search:\n  trials: 5\n"),
            "f.yaml:2:3: search.trials: unknown key; did you mean budget.trials?");
  EXPECT_EQ(refusal("seed: 5\n"), "f.yaml:1:1: seed: unknown key; did you mean search.seed?");
}

TEST(ReadYaml, RefusesABadValueAtItsPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"budget:\n  trials: -5\n", "f.yaml:2:11: budget.trials: -5 is below the minimum 1"},
      {"budget: {trials: 1.5}\n", "f.yaml:1:18: budget.trials: '1.5' is not a whole number"},
      {"search:\n  lanes: \"3\"\n", "f.yaml:2:10: search.lanes: '3' needs no quotes"},
      {"search:\n  lanes:\n", "f.yaml:2:3: search.lanes: no value: leave the key out for its default"},
      {"search:\n  lanes: [3]\n", "f.yaml:2:10: search.lanes: one value is needed, not a list or a mapping"},
      {"search:\n  sampler: rnadom\n",
       "f.yaml:2:12: search.sampler: 'rnadom' is not one of random, grid, evolution, sobol, tpe, gp, "
       "cmaes, greedy, portfolio, nsga2; did you "
       "mean random?"},
      {"data:\n  missing_indicator: yes\n",
       "f.yaml:2:22: data.missing_indicator: 'yes' is not true or false"},
      {"training:\n  min_delta: .nan\n", "f.yaml:2:14: training.min_delta: '.nan' is not a number"},
      {"data:\n  target: null\n",
       "f.yaml:2:11: data.target: no value (a name that YAML takes for nothing needs quotes)"},
      {"data:\n  target: ''\n", "f.yaml:2:11: data.target: the value is empty"},
      {"space:\n  units: [8, 0]\n", "f.yaml:2:14: space.units[1]: 0 is below the minimum 1"},
      {"space:\n  units: [8, 16, 8]\n", "f.yaml:2:18: space.units[2]: 8 stands there twice"},
      {"space:\n  dropout: [0, -0.0]\n", "f.yaml:2:16: space.dropout[1]: 0 stands there twice"},
      {"space:\n  units: 8\n", "f.yaml:2:10: space.units: a list is needed: [8]"},
      {"space:\n  units: {a: 8}\n", "f.yaml:2:10: space.units: a list is needed"},
      {"space:\n  units: []\n",
       "f.yaml:2:10: space.units: the list is empty: leave the key out for its default"},
      {"space: 3\n", "f.yaml:1:8: space: a mapping of settings is needed here"},
      {"space: [1]\n", "f.yaml:1:8: space: a mapping of settings is needed here"},
      {"data:\n  columns: [age]\n", "f.yaml:2:13: data.columns[0]: a mapping of settings is needed here"},
      {"data:\n  columns:\n    -\n", "data.columns[0]: a mapping of settings is needed here"},
      {"data:\n  columns: [{type: auto}]\n", "f.yaml: data.columns: a column without a name"},
      {"data:\n  columns: [{name: a}, {name: a}]\n", "f.yaml: data.columns: column 'a' is described twice"},
      {"data:\n  drop: [a, b, a]\n", "f.yaml:2:16: data.drop[2]: a stands there twice"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(refusal(text), HasSubstr(message)) << text;
  // An empty list of what has no default is a value.
  EXPECT_EQ(refusal("data:\n  drop: []\n  columns: []\n"), "accepted");
}

TEST(ReadYaml, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(refusal("search:\n  lanes: 3\n  seed: 1\n  lanes: 3\n"),
            "f.yaml:4:3: search.lanes: the key stands there twice");
  EXPECT_EQ(refusal("search: {}\nsearch: {}\n"), "f.yaml:2:1: search: the key stands there twice");
  EXPECT_EQ(refusal("data:\n  columns: [{name: a, name: b}]\n"),
            "f.yaml:2:23: data.columns[0].name: the key stands there twice");
}

TEST(ReadYaml, RefusesWhatIsNotOneMappingOfSettings) {
  for (const char* const text : {"", "\n\n", "# only a comment\n", "---\n", "~\n"}) {
    EXPECT_THAT(refusal(text), StartsWith("f.yaml")) << text;
  }
  EXPECT_EQ(refusal(""), "f.yaml: the file holds no settings");
  EXPECT_THAT(refusal("just words\n"), HasSubstr("f.yaml:1:1: an experiment is a mapping of settings"));
  EXPECT_THAT(refusal("- search\n"), HasSubstr("an experiment is a mapping of settings"));
  EXPECT_THAT(refusal("search: {}\n---\nsearch: {}\n"), HasSubstr("a second document"));
  EXPECT_THAT(refusal("? [a, b]\n: 1\n"), HasSubstr("a setting's name is needed before the colon"));
  EXPECT_EQ(refusal("{}\n"), "accepted");
  EXPECT_EQ(refusal("---\nsearch: {}\n...\n"), "accepted");
}

TEST(ReadYaml, SaysWhereTextIsNoYaml) {
  for (const char* const text : {"search: {lanes: 3\n", "search: [\n", "data:\n  target: \"abc\n",
                                 "a: b: c\n", "search:\n\tlanes: 3\n", "data:\n  target: \"abc",
                                 "data:\n  target: 'abc\n\n", "data:\n  target: 'a' b\n", "search: }\n"}) {
    EXPECT_THAT(refusal(text),
                ::testing::MatchesRegex("f.yaml:[0-9]+:[0-9]+: (not YAML: |data|search|a)(.|\n)*"))
        << text;
  }
}

TEST(ReadYaml, SmallFilesDoNotBecomeLargeTrees) {
  EXPECT_EQ(refusal("data: &a\n  target: b\n"), "f.yaml:1:7: anchors are not supported: write the value out");
  EXPECT_THAT(refusal("data:\n  target: &a b\n"), HasSubstr("f.yaml:2:11: anchors are not supported"));
  EXPECT_THAT(refusal("data:\n  drop: [*a]\n"), StartsWith("f.yaml:2:10: "));
  EXPECT_THAT(refusal("data: !!map\n  target: b\n"), HasSubstr("tags are not supported"));
  EXPECT_THAT(refusal("search:\n  lanes: !!int 3\n"), HasSubstr("f.yaml:2:10: tags are not supported"));
  for (const char open : {'[', '{'}) {
    EXPECT_THAT(refusal("data: " + std::string(100'000, open)), StartsWith("f.yaml:1:")) << open;
  }
  std::string deep;
  for (std::size_t i = 0; i < 2000; ++i) deep += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(refusal(deep), HasSubstr("nested deeper than any setting"));
  EXPECT_THAT(refusal("# " + std::string(std::size_t{4} << 20U, 'x')),
              HasSubstr("too many for an experiment"));
}

TEST(ReadYaml, RefusesBytesThatAreNoText) {
  using namespace std::string_literals;
  EXPECT_EQ(refusal("data:\n  target: \"\xff\"\n"),
            "f.yaml: not UTF-8 text: convert it (for example with iconv)");
  EXPECT_EQ(refusal("search:\n  lanes: 3\0\n"s), "f.yaml:2:11: a control character (0x00)");
  EXPECT_EQ(refusal("search:\x04\n  lanes: 3\n"), "f.yaml:1:8: a control character (0x04)");
  EXPECT_EQ(refusal("\x1b[0m"), "f.yaml:1:1: a control character (0x1b)");
}

// Whatever one character becomes, the answer is an experiment or a message, never another exception.
TEST(ReadYaml, AnswersEveryDamageWithAMessage) {
  const std::string text =
      "data:\n  target: 'a b'\n  drop: [c, \"d\"]\n  columns:\n    - {name: e, type: auto}\n"
      "search:\n  lanes: 3\n  evolution: {sample: 2}\nspace:\n  units:\n    - 8\n    - 16\n";
  ASSERT_EQ(refusal(text), "accepted");
  int refused = 0;
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (const char letter : std::string("\n\t \"'#&*!|>%@`{}[],:-?0a~\\\x7f\x80\xc3")) {
      std::string damaged = text;
      damaged[place] = letter;
      refused += refusal(damaged) != "accepted" ? 1 : 0;
    }
    refused += refusal(text.substr(0, place)) != "accepted" ? 1 : 0;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace rondo::cli
