// The marks in proto/rondo/experiment.proto are themselves a program: these tests check it.
#include "common/experiment/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "common/base/error.h"
#include "common/experiment/values.h"
#include "tests/unit/common/experiment/settings.h"

namespace rondo {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::ElementsAre;
using testing::full_experiment;
using ::testing::HasSubstr;

// Every field of Experiment and of the messages in it, columns included.
void for_each_field(const Descriptor& type, const std::function<void(const FieldDescriptor&)>& visit) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    visit(field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) for_each_field(*field.message_type(), visit);
  }
}
void for_each_field(const std::function<void(const FieldDescriptor&)>& visit) {
  for_each_field(*proto::Experiment::descriptor(), visit);
}

std::unique_ptr<Message> holder(const FieldDescriptor& field) {
  const auto& factory = *google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<Message>(
      const_cast<google::protobuf::MessageFactory&>(factory).GetPrototype(field.containing_type())->New());
}

TEST(Schema, EveryFieldIsMarkedAndExplained) {
  int fields = 0;
  for_each_field([&](const FieldDescriptor& field) {
    ++fields;
    const bool group = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const proto::Setting& setting = setting_of(field);
    EXPECT_NE(setting.kind(), proto::SETTING_KIND_UNMARKED) << field.full_name();
    EXPECT_EQ(setting.kind() == proto::SETTING_KIND_GROUP, group) << field.full_name();
    EXPECT_FALSE(setting.help().empty()) << field.full_name();
    EXPECT_EQ(setting.help().find('\n'), std::string::npos) << field.full_name();
    if (group) {
      EXPECT_TRUE(setting.default_value().empty() && setting.flag().empty()) << field.full_name();
    }
  });
  EXPECT_GE(fields, 45);
}

// A value given as the default is not the same as no value, as long as a later default could be another.
TEST(Schema, EverySingleSettingKnowsWhetherItIsPresent) {
  for (const SettingField& setting : setting_fields()) {
    EXPECT_TRUE(setting.field().is_repeated() || setting.field().has_presence()) << setting.path();
  }
}

TEST(Schema, FlagsAreUniqueAndPlain) {
  std::set<std::string> flags;
  for (const SettingField& setting : setting_fields()) {
    const std::string& flag = setting.setting().flag();
    if (flag.empty()) continue;
    EXPECT_TRUE(flags.insert(flag).second) << flag;
    EXPECT_EQ(flag.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos) << flag;
  }
  for (const char* const flag :
       {"data", "target", "trials", "seed", "sampler", "lanes", "epochs", "test", "drop", "task", "metric"}) {
    EXPECT_TRUE(flags.contains(flag)) << flag;
  }
}

TEST(Schema, DefaultsAreWithinTheirBounds) {
  for_each_field([&](const FieldDescriptor& field) {
    const std::string& text = setting_of(field).default_value();
    if (text.empty()) return;
    const std::unique_ptr<Message> message = holder(field);
    if (field.is_repeated()) {
      const std::vector<std::string> elements = list_elements(text);
      EXPECT_FALSE(elements.empty()) << field.full_name();
      for (const std::string& element : elements) EXPECT_NO_THROW(set_value(*message, field, element));
    } else {
      EXPECT_NO_THROW(set_value(*message, field, text)) << field.full_name();
    }
  });
}

TEST(Schema, OnlyWhatNobodyCanGuessHasNoDefault) {
  std::vector<std::string> without;
  for (const SettingField& setting : setting_fields()) {
    if (setting.setting().default_value().empty()) without.push_back(setting.path());
  }
  EXPECT_THAT(without,
              ElementsAre("data.path", "data.target", "data.drop", "data.image.width", "split.column",
                          "search.first", "search.warm_start.run", "search.warm_start.digest"));
}

// A bound is a value of the field itself, and the first value beyond it is refused.
TEST(Schema, BoundsAreValuesOfTheirFields) {
  int bounds = 0;
  for_each_field([&](const FieldDescriptor& field) {
    const proto::Setting& setting = setting_of(field);
    for (const std::string& bound : {setting.minimum(), setting.maximum()}) {
      if (bound.empty()) continue;
      ++bounds;
      EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_STRING) << field.full_name();
      const std::unique_ptr<Message> message = holder(field);
      EXPECT_NO_THROW(set_value(*message, field, bound)) << field.full_name();
      EXPECT_EQ(value_text(*message, field, field.is_repeated() ? 0 : -1), bound) << field.full_name();
    }
  });
  EXPECT_GE(bounds, 30);
}

// Compared as text, so it must be the text that value_text gives.
TEST(Schema, AbsentValuesAreInTheirShortestText) {
  for_each_field([&](const FieldDescriptor& field) {
    const std::string& text = setting_of(field).absent_value();
    if (text.empty()) return;
    EXPECT_EQ(setting_of(field).kind(), proto::SETTING_KIND_IDENTITY) << field.full_name();
    const std::unique_ptr<Message> message = holder(field);
    for (const std::string& element :
         field.is_repeated() ? list_elements(text) : std::vector<std::string>{text}) {
      set_value(*message, field, element);
      const int last = field.is_repeated() ? message->GetReflection()->FieldSize(*message, &field) - 1 : -1;
      EXPECT_EQ(value_text(*message, field, last), element) << field.full_name();
    }
  });
}

TEST(SettingFields, GoThroughTheSchemaInItsOrder) {
  std::vector<std::string> paths;
  for (const SettingField& setting : setting_fields()) paths.push_back(setting.path());
  EXPECT_EQ(paths.front(), "data.path");
  EXPECT_EQ(paths.back(), "final.candidates");
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), paths.size());
  const auto place = [&](const char* path) { return std::find(paths.begin(), paths.end(), path); };
  EXPECT_LT(place("search.lanes"), place("search.evolution.population"));
  EXPECT_LT(place("search.evolution.sample"), place("search.tick_divisor"));
  EXPECT_EQ(place("data.columns"), paths.end());
  EXPECT_EQ(place("data.columns.name"), paths.end());
}

TEST(SettingFields, LeadToTheirHolders) {
  proto::Experiment experiment;
  for (const SettingField& setting : setting_fields()) {
    if (setting.path() != "search.evolution.sample") continue;
    set_value(holder_of(experiment, setting), setting.field(), "3");
  }
  EXPECT_EQ(experiment.search().evolution().sample(), 3u);
}

TEST(FillDefaults, GivesWhatIsAbsentAndKeepsWhatIsThere) {
  proto::Experiment experiment;
  experiment.mutable_search()->set_lanes(3);
  experiment.mutable_search()->set_seed(0);
  experiment.mutable_space()->add_units(7);
  experiment.mutable_data()->set_missing_indicator(false);
  experiment.mutable_data()->add_columns()->set_name("age");
  experiment.mutable_data()->mutable_columns(0)->set_type(proto::COLUMN_TYPE_NUMERIC);
  fill_defaults(experiment);
  EXPECT_EQ(experiment.search().lanes(), 3u);
  EXPECT_THAT(experiment.space().units(), ElementsAre(7));
  EXPECT_FALSE(experiment.data().missing_indicator());
  EXPECT_EQ(experiment.data().columns(0).type(), proto::COLUMN_TYPE_NUMERIC);
  EXPECT_TRUE(experiment.data().columns(0).has_encoding());
  EXPECT_EQ(experiment.budget().trials(), 100u);
  EXPECT_EQ(experiment.training().epochs(), 1000u);
  EXPECT_EQ(experiment.training().min_delta(), 1e-4);
  EXPECT_THAT(experiment.space().dense_layers(), ElementsAre(1, 2, 3));
  EXPECT_THAT(experiment.space().learning_rate(), ElementsAre(0.1F, 0.01F, 0.001F, 0.0001F, 0.00001F));
  EXPECT_FALSE(experiment.data().has_target());

  const proto::Experiment once = experiment;
  fill_defaults(experiment);
  EXPECT_EQ(experiment.SerializeAsString(), once.SerializeAsString());
}

TEST(FillDefaults, LeavesNoSettingWithADefaultAbsent) {
  proto::Experiment experiment;
  fill_defaults(experiment);
  for (const SettingField& setting : setting_fields()) {
    Message& group = holder_of(experiment, setting);
    const bool present = setting.field().is_repeated()
                             ? group.GetReflection()->FieldSize(group, &setting.field()) > 0
                             : group.GetReflection()->HasField(group, &setting.field());
    EXPECT_EQ(present, !setting.setting().default_value().empty()) << setting.path();
  }
  EXPECT_NO_THROW(check_bounds(experiment));
}

std::string refusal(const std::function<void(proto::Experiment&)>& change) {
  proto::Experiment experiment = full_experiment();
  change(experiment);
  try {
    check_bounds(experiment);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "accepted";
}

TEST(CheckBounds, NamesThePathOfWhatItRefuses) {
  EXPECT_EQ(refusal([](auto&) {}), "accepted");
  EXPECT_EQ(refusal([](auto& e) { e.Clear(); }), "accepted");  // says nothing of what is absent
  EXPECT_EQ(refusal([](auto& e) { e.mutable_search()->set_lanes(0); }),
            "search.lanes: 0 is below the minimum 1");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_search()->mutable_evolution()->set_population(1); }),
            "search.evolution.population: 1 is below the minimum 2");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_space()->add_dropout(0.99F); }),
            "space.dropout: 0.99 is above the maximum 0.95");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_space()->add_units(16); }), "space.units: 16 stands there twice");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_data()->add_drop("name"); }),
            "data.drop: name stands there twice");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_training()->set_min_delta(std::nan("")); }),
            "training.min_delta: 'nan' is not a finite number");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_split()->set_test(HUGE_VAL); }),
            "split.test: 'inf' is not a finite number");
  EXPECT_THAT(refusal([](auto& e) { e.mutable_data()->set_task(static_cast<proto::Task>(9)); }),
              HasSubstr("data.task: a value of task that this version does not know"));
  EXPECT_EQ(refusal([](auto& e) { e.mutable_data()->set_target(""); }), "data.target: the value is empty");
  EXPECT_EQ(refusal([](auto& e) {
              e.mutable_data()->mutable_columns(1)->set_type(static_cast<proto::ColumnType>(5));
            }),
            "data.columns[1].type: a value of type that this version does not know");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_data()->add_columns(); }),
            "data.columns: a column without a name");
  EXPECT_EQ(refusal([](auto& e) { e.mutable_data()->add_columns()->set_name("age"); }),
            "data.columns: column 'age' is described twice");
}

}  // namespace
}  // namespace rondo
