#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/experiment/canonical.h"
#include "common/experiment/schema.h"
#include "common/experiment/values.h"
#include "coordinator/cli/yaml.h"

namespace rondo::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

proto::Experiment round_trip(const proto::Experiment& experiment) {
  return read_yaml(write_yaml(experiment), "f.yaml");
}

std::string target_after_round_trip(const std::string& target) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_target(target);
  return round_trip(experiment).data().target();
}

TEST(WriteYaml, ShowsEveryDefaultAndGivesThemBack) {
  proto::Experiment defaults;
  fill_defaults(defaults);
  const std::string text = write_yaml({});
  EXPECT_EQ(text, write_yaml(defaults));
  EXPECT_EQ(round_trip({}).DebugString(), defaults.DebugString());
  for (const SettingField& setting : setting_fields()) {
    EXPECT_THAT(text, HasSubstr(fmt::format("# {}\n", setting.setting().help()))) << setting.path();
  }
}

// Written by hand.
TEST(WriteYaml, HasOneLineForEachSettingUnderItsHelp) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_target("to predict");
  experiment.mutable_data()->add_drop("name");
  experiment.mutable_data()->add_columns()->set_name("age");
  experiment.mutable_data()->mutable_columns(0)->set_type(proto::COLUMN_TYPE_NUMERIC);
  const std::string text = write_yaml(experiment);
  EXPECT_THAT(text, HasSubstr("\n# the table\ndata:\n"
                              "  # the table, a CSV file with a header line\n"
                              "  # path:\n"
                              "  # the column to predict\n"
                              "  target: \"to predict\"\n"
                              "  # columns to leave out\n"
                              "  drop: [name]\n"));
  EXPECT_THAT(text, HasSubstr("  columns:\n    - {name: age, type: numeric, encoding: auto}\n"));
  EXPECT_THAT(text, HasSubstr("  # regularised evolution\n  evolution:\n    # newest finished"));
  EXPECT_THAT(text, HasSubstr("  dense_layers: [1, 2, 3]\n"));
  EXPECT_THAT(text, HasSubstr("  learning_rate: [0.1, 0.01, 0.001, 1e-04, 1e-05]\n"));
  EXPECT_THAT(text, HasSubstr("  missing_indicator: true\n"));
  EXPECT_THAT(text, Not(HasSubstr("\t")));
}

// Another value for every setting, one at a time.
TEST(WriteYaml, GivesBackEveryValue) {
  const std::vector<std::string> candidates = {"a name", "regression", "r2",   "mean",      "column",
                                               "grid",   "gelu",       "sgd",  "he_normal", "true",
                                               "false",  "3",          "0.625"};
  for (const SettingField& setting : setting_fields()) {
    for (const std::string& text : candidates) {
      proto::Experiment experiment;
      try {
        set_value(holder_of(experiment, setting), setting.field(), text);
      } catch (const std::exception&) {
        continue;  // not a value of this setting
      }
      const proto::Experiment read = round_trip(experiment);
      fill_defaults(experiment);
      EXPECT_EQ(canonical_serialize(read), canonical_serialize(experiment)) << setting.path() << ' ' << text;
      break;
    }
  }
}

TEST(WriteYaml, GivesBackNumbersToTheirLastBit) {
  proto::Experiment experiment;
  for (const float rate : {0.1F, 0x1.fffffep-1F, 1e-38F, 0x1p-149F, 3.4028235e38F, 16777216.0F}) {
    experiment.mutable_space()->add_learning_rate(rate);
  }
  experiment.mutable_training()->set_min_delta(0x1.fffffffffffffp-3);
  experiment.mutable_split()->set_test(0.1);
  experiment.mutable_search()->set_seed(0xffffffffffffffff);
  const proto::Experiment read = round_trip(experiment);
  fill_defaults(experiment);
  EXPECT_EQ(canonical_serialize(read), canonical_serialize(experiment));
}

TEST(WriteYaml, QuotesWhatYamlWouldTakeForSomethingElse) {
  for (const std::string text :
       {"yes",  "No",  "TRUE",     "null",     "Null",    "~",      "on",      "y",       "1",
        "-5",   "1e5", "0x1F",     "1:30",     ".inf",    ".nan",   "=",       "<<",      "2001-01-01",
        "---",  "...", "- a",      "-",        "?",       "? a",    ":",       "a: b",    "a:",
        ":a",   "#",   "a #b",     "a#b",      "[",       "]",      "[a]",     "{a: b}",  ",",
        "a,b",  "&a",  "*a",       "!a",       "!!str a", "%a",     "@a",      "`a",      "|",
        ">",    "\"",  "'",        "\"a\"",    "'a'",     "a\"b",   "\\",      "\\n",     "a\\",
        " a",   "a ",  "  ",       "a  b",     "\ta",     "a\nb",   "\n",      "a\r\nb",  "größe",
        "値段", "😀",   "a\u0085b", "a\u00a0b", "\u2028",  "\u2029", "\ufeffa", "a\ufeff", "null ",
        "e",    "_",   "a.b-c_d/e"}) {
    EXPECT_EQ(target_after_round_trip(text), text);
    proto::Experiment experiment;
    experiment.mutable_data()->add_drop(text);
    experiment.mutable_data()->add_drop("other");
    experiment.mutable_data()->add_columns()->set_name(text);
    const proto::Experiment read = round_trip(experiment);
    ASSERT_EQ(read.data().drop_size(), 2) << text;
    EXPECT_EQ(read.data().drop(0), text);
    ASSERT_EQ(read.data().columns_size(), 1) << text;
    EXPECT_EQ(read.data().columns(0).name(), text);
  }
}

TEST(WriteYaml, LeavesPlainNamesPlain) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_path("/data/train-2.csv");
  EXPECT_THAT(write_yaml(experiment), HasSubstr("\n  path: /data/train-2.csv\n"));
}

// All of Unicode, in names of 64 characters.
TEST(WriteYaml, GivesBackEveryCharacter) {
  std::string name;
  proto::Experiment experiment;
  for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
    const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | ((point >> shift) & 0x3fU)); };
    if (point < 0x80) {
      name += static_cast<char>(point);
    } else if (point < 0x800) {
      name += {static_cast<char>(0xc0U | point >> 6U), tail(0)};
    } else if (point < 0x10000) {
      if (point >= 0xd800 && point <= 0xdfff) continue;  // no characters
      name += {static_cast<char>(0xe0U | point >> 12U), tail(6), tail(0)};
    } else {
      name += {static_cast<char>(0xf0U | point >> 18U), tail(12), tail(6), tail(0)};
    }
    if (point % 64 != 63) continue;
    experiment.mutable_data()->add_drop(name);
    name.clear();
    if (point % 0x8000 != 0x7fff) continue;
    const proto::Experiment read = round_trip(experiment);
    ASSERT_EQ(read.data().drop_size(), experiment.data().drop_size());
    for (int i = 0; i < read.data().drop_size(); ++i) {
      ASSERT_EQ(read.data().drop(i), experiment.data().drop(i)) << std::hex << point;
    }
    experiment.Clear();
  }
}

TEST(WriteYaml, GivesBackALongName) {
  const std::string name(100'000, 'x');
  EXPECT_EQ(target_after_round_trip(name), name);
  EXPECT_EQ(target_after_round_trip(name + " "), name + " ");
}

}  // namespace
}  // namespace rondo::cli
