#include "common/experiment/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "common/base/error.h"
#include "rondo/experiment.pb.h"

namespace rondo {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const FieldDescriptor& field_of(const Message& message, const std::string& name) {
  return *message.GetDescriptor()->FindFieldByName(name);
}

// What set_value and value_text make of a text; a refusal stands in angle brackets.
template <class Group>
std::string read(const std::string& name, std::string_view text) {
  Group group;
  const FieldDescriptor& field = field_of(group, name);
  try {
    set_value(group, field, text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return std::string("<") + error.what() + ">";
  }
  return value_text(group, field, field.is_repeated() ? 0 : -1);
}

TEST(Values, WholeNumbersWithinBounds) {
  const auto lanes = [](std::string_view text) { return read<proto::SearchSettings>("lanes", text); };
  EXPECT_EQ(lanes("1"), "1");
  EXPECT_EQ(lanes("65536"), "65536");
  EXPECT_EQ(lanes("007"), "7");
  EXPECT_EQ(lanes("0"), "<0 is below the minimum 1>");
  EXPECT_EQ(lanes("-5"), "<-5 is below the minimum 1>");
  EXPECT_EQ(lanes("65537"), "<65537 is above the maximum 65536>");
  EXPECT_EQ(lanes("4294967297"), "<4294967297 is above the maximum 65536>");
  EXPECT_EQ(lanes("99999999999999999999"), "<99999999999999999999 is above the maximum 65536>");
  for (const char* const text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "1_000", "ten", "-", "1,2"}) {
    EXPECT_EQ(lanes(text), std::string("<'") + text + "' is not a whole number>");
  }
  const auto seed = [](std::string_view text) { return read<proto::SearchSettings>("seed", text); };
  EXPECT_EQ(seed("0"), "0");
  EXPECT_EQ(seed("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(seed("18446744073709551616"), "<18446744073709551616 is above the maximum 18446744073709551615>");
  EXPECT_EQ(seed("-1"), "<-1 is below the minimum 0>");
}

TEST(Values, NumbersAreFiniteAndWithinBounds) {
  const auto dropout = [](std::string_view text) { return read<proto::SearchSpace>("dropout", text); };
  EXPECT_EQ(dropout("0.25"), "0.25");
  EXPECT_EQ(dropout("2.5e-1"), "0.25");
  EXPECT_EQ(dropout("0"), "0");
  EXPECT_EQ(dropout("-0"), "0");
  EXPECT_EQ(dropout("-0.0"), "0");
  EXPECT_EQ(dropout("0.95"), "0.95");
  EXPECT_EQ(dropout("0.9500001"), "<0.9500001 is above the maximum 0.95>");
  EXPECT_EQ(dropout("-0.1"), "<-0.1 is below the minimum 0>");
  EXPECT_EQ(dropout("nan"), "<'nan' is not a finite number>");
  EXPECT_EQ(dropout("inf"), "<'inf' is not a finite number>");
  EXPECT_EQ(dropout("-inf"), "<'-inf' is not a finite number>");
  for (const char* const text : {"", "a", "0.5x", " 0.5", "0,5", "+0.5", "1/2"}) {
    EXPECT_EQ(dropout(text), std::string("<'") + text + "' is not a number>");
  }
  EXPECT_EQ(read<proto::SearchSpace>("learning_rate", "1e39"), "<1e39 does not fit into a 32-bit float>");
  EXPECT_EQ(read<proto::SearchSpace>("learning_rate", "1e999"), "<'1e999' is not a number>");
  EXPECT_EQ(read<proto::TrainingSettings>("min_delta", "1e39"), "1e+39");
  EXPECT_EQ(read<proto::Execution>("rank_timeout_seconds", "0.05"), "<0.05 is below the minimum 0.1>");
}

// Just below the middle of two floats: by way of a double it would be the middle, and go to the even one.
TEST(Values, AFloatIsRoundedOnce) {
  proto::SearchSpace space;
  set_value(space, field_of(space, "learning_rate"), "1.00000017881393432617187499");
  EXPECT_EQ(space.learning_rate(0), 0x1.000002p0F);
}

TEST(Values, FloatsHaveTheShortestTextThatReadsBack) {
  EXPECT_EQ(read<proto::SearchSpace>("learning_rate", "0.100000001490116119384765625"), "0.1");
  EXPECT_EQ(read<proto::SearchSpace>("learning_rate", "0.00001"), "1e-05");
  EXPECT_EQ(read<proto::SearchSpace>("learning_rate", "16777216"), "16777216");
  EXPECT_EQ(read<proto::TrainingSettings>("min_delta", "0.100000001490116119384765625"),
            "0.10000000149011612");
}

TEST(Values, EveryKindOfFloatReadsBackAsItsOwnBits) {
  proto::SearchSpace space;
  proto::TrainingSettings training;
  const FieldDescriptor& rate = field_of(space, "learning_rate");
  const FieldDescriptor& delta = field_of(training, "min_delta");
  // All exponents, with mantissas that rounding is likely to get wrong.
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent) {
    for (const std::uint32_t mantissa : {0x0U, 0x1U, 0x2aaaaaU, 0x400000U, 0x7ffffeU, 0x7fffffU}) {
      const float value = std::bit_cast<float>(exponent << 23U | mantissa);
      space.clear_learning_rate();
      space.add_learning_rate(value);
      set_value(space, rate, value_text(space, rate, 0));
      EXPECT_EQ(std::bit_cast<std::uint32_t>(space.learning_rate(1)), exponent << 23U | mantissa);
    }
  }
  for (std::uint64_t exponent = 0; exponent < 2047; ++exponent) {
    for (const std::uint64_t mantissa : {0x0ULL, 0x1ULL, 0xaaaaaaaaaaaaaULL, 0xfffffffffffffULL}) {
      const auto value = std::bit_cast<double>(exponent << 52U | mantissa);
      training.set_min_delta(value);
      set_value(training, delta, value_text(training, delta));
      EXPECT_EQ(std::bit_cast<std::uint64_t>(training.min_delta()), exponent << 52U | mantissa);
    }
  }
}

TEST(Values, TruthHasTwoNames) {
  EXPECT_EQ(read<proto::DataSettings>("missing_indicator", "true"), "true");
  EXPECT_EQ(read<proto::DataSettings>("missing_indicator", "false"), "false");
  for (const char* const text : {"", "yes", "True", "1", "on"}) {
    EXPECT_EQ(read<proto::DataSettings>("missing_indicator", text),
              std::string("<'") + text + "' is not true or false>");
  }
}

TEST(Values, EnumsGoByTheirNamesInTheSchema) {
  const google::protobuf::FileDescriptor& file = *proto::Experiment::descriptor()->file();
  for (const auto* const type :
       {proto::Task_descriptor(), proto::Metric_descriptor(), proto::ColumnType_descriptor(),
        proto::CategoryEncoding_descriptor(), proto::NumericImputation_descriptor(),
        proto::SplitRule_descriptor(), proto::SamplerKind_descriptor(), proto::Activation_descriptor(),
        proto::OptimizerKind_descriptor(), proto::Initialization_descriptor()}) {
    std::set<std::string> names;
    for (int i = 0; i < type->value_count(); ++i) {
      const std::string name = enum_text(*type->value(i));
      EXPECT_TRUE(names.insert(name).second) << name;
      EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << name;
    }
  }
  EXPECT_GE(file.enum_type_count(), 7);
  EXPECT_EQ(enum_text(*proto::Task_descriptor()->value(3)), "regression");
  EXPECT_EQ(enum_text(*proto::Metric_descriptor()->value(6)), "r2");
  EXPECT_EQ(enum_text(*proto::SplitRule_descriptor()->value(3)), "last_rows");
  EXPECT_EQ(enum_text(*proto::OptimizerKind_descriptor()->value(1)), "adamw");
  EXPECT_EQ(read<proto::SplitSettings>("rule", "last_rows"), "last_rows");
  EXPECT_EQ(read<proto::SearchSpace>("optimizer", "sgd"), "sgd");
  EXPECT_EQ(
      read<proto::SearchSettings>("sampler", "evolutoin"),
      "<'evolutoin' is not one of random, grid, evolution, sobol, tpe, gp, cmaes, greedy, portfolio, nsga2; "
      "did you mean "
      "evolution?>");
  EXPECT_EQ(
      read<proto::SearchSettings>("sampler", "annealing"),
      "<'annealing' is not one of random, grid, evolution, sobol, tpe, gp, cmaes, greedy, portfolio, nsga2>");
  EXPECT_EQ(read<proto::SearchSettings>("sampler", "RANDOM").front(), '<');
  EXPECT_EQ(read<proto::SearchSettings>("sampler", "0").front(), '<');
}

TEST(Values, AnEnumFromAnotherVersionIsRefused) {
  proto::SearchSettings search;
  search.set_sampler(static_cast<proto::SamplerKind>(77));
  EXPECT_THROW((void)value_text(search, field_of(search, "sampler")), Error);
}

TEST(Values, StringsAreTextOfAnyKind) {
  for (const char* const text : {"age", " a b ", "yes", "1e5", "\"", "größe", "a\nb", "-", "#"}) {
    EXPECT_EQ(read<proto::DataSettings>("target", text), text);
    EXPECT_EQ(read<proto::DataSettings>("drop", text), text);
  }
  EXPECT_EQ(read<proto::DataSettings>("target", ""), "<the value is empty>");
  EXPECT_EQ(read<proto::DataSettings>("target", "\xff"), "<the value is not UTF-8 text>");
}

TEST(Values, AMessageShowsTheStartOfALongText) {
  EXPECT_EQ(read<proto::SearchSettings>("lanes", std::string(61, 'x')),
            "<'" + std::string(60, 'x') + "…' is not a whole number>");
  // Not half of a character: ä has two bytes, the second of which would be the 61st.
  EXPECT_EQ(read<proto::SearchSettings>("lanes", std::string(59, 'x') + "ä…"),
            "<'" + std::string(59, 'x') + "…' is not a whole number>");
}

TEST(Values, ARepeatedFieldGrowsByOneElement) {
  proto::SearchSpace space;
  const FieldDescriptor& units = field_of(space, "units");
  set_value(space, units, "8");
  set_value(space, units, "16");
  EXPECT_THAT(space.units(), ElementsAre(8, 16));
  EXPECT_EQ(value_text(space, units, 1), "16");
  EXPECT_THROW(set_value(space, units, "0"), Error);
  EXPECT_EQ(space.units_size(), 2);
}

TEST(ListElements, AreWhatStandsBetweenTheCommas) {
  EXPECT_THAT(list_elements("[1, 2,3 ,  4]"), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(list_elements("[adam]"), ElementsAre("adam"));
  EXPECT_THAT(list_elements("[]"), IsEmpty());
  EXPECT_DEATH((void)list_elements("1, 2"), "is not a list");
}

}  // namespace
}  // namespace rondo
