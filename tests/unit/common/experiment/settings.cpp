#include "tests/unit/common/experiment/settings.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/error.h"
#include "common/experiment/values.h"

namespace rondo::testing {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::vector<std::string> candidates(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return {"true", "false"};
  std::vector<std::string> texts;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    for (int i = 0; i < field.enum_type()->value_count(); ++i)
      texts.push_back(enum_text(*field.enum_type()->value(i)));
    return texts;
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return {"something", "something else"};
  return {"0", "1", "2", "3", "4", "5", "0.125", "0.625"};
}

}  // namespace

proto::Experiment full_experiment() {
  proto::Experiment experiment;
  experiment.mutable_data()->set_path("table.csv");
  experiment.mutable_data()->set_target("survived");
  experiment.mutable_data()->add_drop("name");
  experiment.mutable_data()->add_columns()->set_name("age");
  experiment.mutable_data()->add_columns()->set_name("größe");
  fill_defaults(experiment);
  return experiment;
}

void change_value(Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<std::string> before;
  const int size = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  for (int i = 0; i < size; ++i) before.push_back(value_text(message, field, field.is_repeated() ? i : -1));
  for (const std::string& text : candidates(field)) {
    if (std::find(before.begin(), before.end(), text) != before.end()) continue;
    try {
      set_value(message, field, text);
      return;
    } catch (const Error&) {
      continue;  // out of its bounds
    }
  }
  // A list that holds every value becomes another one by losing its last.
  if (!field.is_repeated() || size < 2) FAIL() << "no other value for " << field.full_name();
  reflection.RemoveLast(&message, &field);
}

}  // namespace rondo::testing
