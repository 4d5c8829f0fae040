#include "common/experiment/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"
#include "common/experiment/values.h"

namespace rondo {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool is_message(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

bool is_absent(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) == 0
                             : !reflection.HasField(message, &field);
}

void walk(const Descriptor& type, std::vector<const FieldDescriptor*>& way,
          std::vector<SettingField>& settings) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    way.push_back(&field);
    if (!is_message(field)) {
      settings.push_back({way});
    } else if (!field.is_repeated()) {
      walk(*field.message_type(), way, settings);
    }
    way.pop_back();
  }
}

// Every value that is absent gets the one that its mark names, by `text_of`; an empty text: none.
using TextOf = const std::string& (proto::Setting::*)() const;

void fill(Message& message, TextOf text_of) {
  const Reflection& reflection = *message.GetReflection();
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (is_message(field)) {
      if (!field.is_repeated()) {
        fill(*reflection.MutableMessage(&message, &field), text_of);
        continue;
      }
      for (int k = 0; k < reflection.FieldSize(message, &field); ++k) {
        fill(*reflection.MutableRepeatedMessage(&message, &field, k), text_of);
      }
      continue;
    }
    const std::string& text = (setting_of(field).*text_of)();
    if (text.empty() || !is_absent(message, field)) continue;
    if (!field.is_repeated()) {
      set_value(message, field, text);
      continue;
    }
    for (const std::string& element : list_elements(text)) set_value(message, field, element);
  }
}

// Reads the value's own text again: the parser knows the bounds.
void check_value(const Message& message, const FieldDescriptor& field, const std::string& path) {
  const std::unique_ptr<Message> scratch(message.New());
  const int size = field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) : 1;
  std::vector<std::string> seen;
  for (int i = 0; i < size; ++i) {
    std::string text;
    try {
      text = value_text(message, field, field.is_repeated() ? i : -1);
      set_value(*scratch, field, text);
    } catch (const Error& error) {
      throw_bad_input("{}: {}", path, error.what());
    }
    seen.push_back(std::move(text));
  }
  std::sort(seen.begin(), seen.end());
  const auto twice = std::adjacent_find(seen.begin(), seen.end());
  if (twice != seen.end()) throw_bad_input("{}: {} stands there twice", path, *twice);
}

void check(const Message& message, const std::string& prefix) {
  const Reflection& reflection = *message.GetReflection();
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string path = prefix.empty() ? field.name() : fmt::format("{}.{}", prefix, field.name());
    if (is_absent(message, field)) continue;
    if (!is_message(field)) {
      // An implicit field of a list's element (a column's name) may be empty here; its reader minds.
      check_value(message, field, path);
    } else if (!field.is_repeated()) {
      check(reflection.GetMessage(message, &field), path);
    } else {
      for (int k = 0; k < reflection.FieldSize(message, &field); ++k) {
        check(reflection.GetRepeatedMessage(message, &field, k), fmt::format("{}[{}]", path, k));
      }
    }
  }
}

void check_columns(const proto::DataSettings& data) {
  std::vector<std::string> names;
  for (const proto::Column& column : data.columns()) {
    if (column.name().empty()) throw_bad_input("data.columns: a column without a name");
    names.push_back(column.name());
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw_bad_input("data.columns: column '{}' is described twice", *twice);
}

// Whether the field has the value that stands for its absence.
bool has_absent_value(const Message& message, const FieldDescriptor& field) {
  const std::string& text = setting_of(field).absent_value();
  if (text.empty()) return false;
  if (!field.is_repeated()) return value_text(message, field) == text;
  std::vector<std::string> elements;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    elements.push_back(value_text(message, field, i));
  }
  return elements == list_elements(text);
}

void reduce_to_identity(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* const field : fields) {
    const proto::SettingKind kind = setting_of(*field).kind();
    RONDO_CHECK(kind != proto::SETTING_KIND_UNMARKED, "{} is not marked", field->full_name());
    if (!is_message(*field)) {
      if (kind == proto::SETTING_KIND_OPERATIONAL || has_absent_value(message, *field)) {
        reflection.ClearField(&message, field);
      }
    } else if (!field->is_repeated()) {
      Message& group = *reflection.MutableMessage(&message, field);
      reduce_to_identity(group);
      if (group.ByteSizeLong() == 0) reflection.ClearField(&message, field);
    } else {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        reduce_to_identity(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

}  // namespace

const proto::Setting& setting_of(const FieldDescriptor& field) {
  return field.options().GetExtension(proto::setting);
}

std::string SettingField::path() const {
  std::string text;
  for (const FieldDescriptor* const step : way) text += (text.empty() ? "" : ".") + step->name();
  return text;
}

std::vector<SettingField> setting_fields() {
  std::vector<const FieldDescriptor*> way;
  std::vector<SettingField> settings;
  walk(*proto::Experiment::descriptor(), way, settings);
  return settings;
}

Message& holder_of(proto::Experiment& experiment, const SettingField& setting) {
  Message* message = &experiment;
  for (std::size_t i = 0; i + 1 < setting.way.size(); ++i) {
    message = message->GetReflection()->MutableMessage(message, setting.way[i]);
  }
  return *message;
}

void fill_defaults(proto::Experiment& experiment) {
  fill(experiment, &proto::Setting::default_value);
}

void fill_absent_values(proto::Experiment& experiment) {
  fill(experiment, &proto::Setting::absent_value);
}

void check_bounds(const proto::Experiment& experiment) {
  check(experiment, "");
  check_columns(experiment.data());
}

std::string identity_bytes(const proto::Experiment& experiment) {
  proto::Experiment reduced = experiment;
  reduce_to_identity(reduced);
  return canonical_serialize(reduced);
}

Digest identity(const proto::Experiment& experiment) {
  return sha256(identity_bytes(experiment));
}

}  // namespace rondo
