#include "coordinator/cli/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "common/base/error.h"
#include "common/base/text.h"
#include "common/experiment/schema.h"
#include "common/experiment/values.h"
#include "coordinator/cli/yaml_tree.h"

namespace rondo::cli {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class Reader {
 public:
  explicit Reader(const std::string& file_name) : file_name_(file_name) {}

  void read_group(const YamlNode& node, const std::string& path, Message& message) const;

 private:
  [[noreturn]] void refuse(Place place, const std::string& path, const std::string& message) const {
    refuse_at(file_name_, place, path.empty() ? message : fmt::format("{}: {}", path, message));
  }
  [[noreturn]] void refuse_key(const YamlNode& key, const std::string& path, const Descriptor& type) const;
  void read_field(const YamlNode& node, const std::string& path, Message& message,
                  const FieldDescriptor& field) const;
  void read_value(const YamlNode& node, const std::string& path, Message& message,
                  const FieldDescriptor& field) const;
  void read_list(const YamlNode& node, const std::string& path, Message& message,
                 const FieldDescriptor& field) const;

  const std::string& file_name_;
};

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : fmt::format("{}.{}", path, name);
}

void Reader::refuse_key(const YamlNode& key, const std::string& path, const Descriptor& type) const {
  std::string meant;
  // The right name in the wrong group is a likelier slip than another name here.
  for (const SettingField& setting : setting_fields()) {
    if (setting.field().name() == key.text) meant = setting.path();
  }
  if (meant.empty()) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
    meant = nearest_name(key.text, names).value_or("");
  }
  refuse(key.place, joined(path, key.text.substr(0, 100)),
         meant.empty() ? "unknown key" : fmt::format("unknown key; did you mean {}?", meant));
}

void Reader::read_group(const YamlNode& node, const std::string& path, Message& message) const {
  if (node.kind == YamlNode::Kind::null && !path.empty()) return;
  if (node.kind != YamlNode::Kind::mapping) {
    refuse(node.place, path,
           path.empty() ? "an experiment is a mapping of settings, such as search: {seed: 1}"
                        : "a mapping of settings is needed here");
  }
  const Descriptor& type = *message.GetDescriptor();
  std::vector<std::string> seen;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& key = node.items[i];
    if (key.kind != YamlNode::Kind::scalar)
      refuse(key.place, path, "a setting's name is needed before the colon");
    const FieldDescriptor* const field = type.FindFieldByName(key.text);
    if (field == nullptr) refuse_key(key, path, type);
    const std::string field_path = joined(path, key.text);
    if (std::find(seen.begin(), seen.end(), key.text) != seen.end()) {
      refuse(key.place, field_path, "the key stands there twice");
    }
    seen.push_back(key.text);
    read_field(node.items[i + 1], field_path, message, *field);
  }
}

void Reader::read_field(const YamlNode& node, const std::string& path, Message& message,
                        const FieldDescriptor& field) const {
  if (field.is_repeated()) {
    read_list(node, path, message, field);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    read_group(node, path, *message.GetReflection()->MutableMessage(&message, &field));
  } else {
    read_value(node, path, message, field);
  }
}

void Reader::read_value(const YamlNode& node, const std::string& path, Message& message,
                        const FieldDescriptor& field) const {
  const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (node.kind == YamlNode::Kind::null) {
    refuse(node.place, path,
           text ? "no value (a name that YAML takes for nothing needs quotes)"
                : "no value: leave the key out for its default");
  }
  if (node.kind != YamlNode::Kind::scalar)
    refuse(node.place, path, "one value is needed, not a list or a mapping");
  if (node.quoted && !text) refuse(node.place, path, fmt::format("'{}' needs no quotes", node.text));
  try {
    set_value(message, field, node.text);
  } catch (const Error& error) {
    refuse(node.place, path, error.what());
  }
}

void Reader::read_list(const YamlNode& node, const std::string& path, Message& message,
                       const FieldDescriptor& field) const {
  if (node.kind != YamlNode::Kind::sequence) {
    refuse(node.place, path,
           node.kind == YamlNode::Kind::scalar
               ? fmt::format("a list is needed: [{}]", node.text.substr(0, 100))
               : "a list is needed");
  }
  if (node.items.empty() && !setting_of(field).default_value().empty()) {
    refuse(node.place, path, "the list is empty: leave the key out for its default");
  }
  const Reflection& reflection = *message.GetReflection();
  for (const YamlNode& item : node.items) {
    const int index = reflection.FieldSize(message, &field);
    const std::string item_path = fmt::format("{}[{}]", path, index);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message& element = *reflection.AddMessage(&message, &field);
      if (item.kind == YamlNode::Kind::null)
        refuse(item.place, item_path, "a mapping of settings is needed here");
      read_group(item, item_path, element);
    } else {
      read_value(item, item_path, message, field);
      const std::string value = value_text(message, field, index);
      for (int i = 0; i < index; ++i) {
        if (value_text(message, field, i) == value)
          refuse(item.place, item_path, fmt::format("{} stands there twice", value));
      }
    }
  }
}

}  // namespace

proto::Experiment read_yaml(const std::string& text, const std::string& file_name) {
  proto::Experiment experiment;
  Reader(file_name).read_group(parse_yaml(text, file_name), "", experiment);
  try {
    check_bounds(experiment);
  } catch (const Error& error) {
    throw_bad_input("{}: {}", file_name, error.what());
  }
  return experiment;
}

}  // namespace rondo::cli
