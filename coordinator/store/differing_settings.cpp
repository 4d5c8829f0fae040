// Names what two experiments differ in, by reflection over the schema.
#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include "common/experiment/values.h"
#include "coordinator/store/run_folder.h"

namespace rondo::store {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// `index` is -1 for a field that is not repeated.
std::string printed(const Message& message, const FieldDescriptor& field, int index) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintFieldValueToString(message, &field, index, &text);
  if (field.enum_type() == nullptr) return text;
  const auto* const value = field.enum_type()->FindValueByName(text);
  return value == nullptr ? text : enum_text(*value);
}

std::string field_text(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated())
    return reflection.HasField(message, &field) ? printed(message, field, -1) : "unset";
  std::string text = "[";
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    text += fmt::format("{}{}", i > 0 ? ", " : "", printed(message, field, i));
  }
  return text + "]";
}

struct Pair {
  const Message& there;
  const Message& here;
};

void compare(const Pair& messages, const std::string& path, std::vector<std::string>& differences) {
  const google::protobuf::Descriptor& type = *messages.there.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string name = path.empty() ? field.name() : path + "." + field.name();
    if (!field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      compare({messages.there.GetReflection()->GetMessage(messages.there, &field),
               messages.here.GetReflection()->GetMessage(messages.here, &field)},
              name, differences);
      continue;
    }
    const std::string there = field_text(messages.there, field);
    const std::string here = field_text(messages.here, field);
    if (there != here) differences.push_back(fmt::format("{}: {} there, {} here", name, there, here));
  }
}

}  // namespace

std::vector<std::string> differing_settings(const proto::Experiment& there, const proto::Experiment& here,
                                            std::size_t most) {
  std::vector<std::string> differences;
  compare({there, here}, "", differences);
  if (differences.size() > most) differences.resize(most);
  return differences;
}

}  // namespace rondo::store
