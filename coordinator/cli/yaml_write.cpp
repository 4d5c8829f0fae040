#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/experiment/schema.h"
#include "common/experiment/values.h"
#include "coordinator/cli/yaml.h"

namespace rondo::cli {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' ||
         letter == '/';
}

// Without quotes only what every YAML reader takes for text.
bool is_plain(std::string_view text) {
  constexpr std::array<std::string_view, 9> words = {"null", "true", "false", "yes", "no",
                                                     "on",   "off",  "y",     "n"};
  std::string lowered;
  for (const char letter : text) {
    lowered += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  if (text.empty() || !is_letter(text.front())) return false;
  if (std::find(words.begin(), words.end(), lowered) != words.end()) return false;
  return std::all_of(text.begin(), text.end(), [](char letter) {
    return is_letter(letter) || (letter >= '0' && letter <= '9') || letter == '.' || letter == '-';
  });
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::string_view rest = text.substr(i);
    if (byte == '"' || byte == '\\') {
      result += '\\';
      result += text[i];
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xc2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xa0) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(rest[1]));
      ++i;
    } else if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) {
      result += rest.starts_with("\xe2\x80\xa8") ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (rest.starts_with("\xef\xbb\xbf")) {
      result += "\\ufeff";
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result + '"';
}

std::string yaml_value(const Message& message, const FieldDescriptor& field, int index = -1) {
  const std::string text = value_text(message, field, index);
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return text;
  return is_plain(text) ? text : in_quotes(text);
}

std::string flow_list(const Message& message, const FieldDescriptor& field) {
  std::string text;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    text += (i > 0 ? ", " : "") + yaml_value(message, field, i);
  }
  return "[" + text + "]";
}

// {name: age, type: numeric}
std::string flow_mapping(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  std::string text;
  for (const FieldDescriptor* const field : fields) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", field->name(), yaml_value(message, *field));
  }
  return "{" + text + "}";
}

void write_group(const Message& message, const std::string& indent, std::string& text) {
  const Reflection& reflection = *message.GetReflection();
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    text += fmt::format("{}# {}\n", indent, setting_of(field).help());
    const bool group = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (group && field.is_repeated()) {
      const int size = reflection.FieldSize(message, &field);
      text += fmt::format("{}{}:{}\n", indent, field.name(), size == 0 ? " []" : "");
      for (int k = 0; k < size; ++k) {
        text += fmt::format("{}  - {}\n", indent,
                            flow_mapping(reflection.GetRepeatedMessage(message, &field, k)));
      }
    } else if (group) {
      text += fmt::format("{}{}:\n", indent, field.name());
      write_group(reflection.GetMessage(message, &field), indent + "  ", text);
      if (indent.empty() && i + 1 < type.field_count()) text += "\n";
    } else if (field.is_repeated()) {
      text += fmt::format("{}{}: {}\n", indent, field.name(), flow_list(message, field));
    } else if (reflection.HasField(message, &field)) {
      text += fmt::format("{}{}: {}\n", indent, field.name(), yaml_value(message, field));
    } else {
      text += fmt::format("{}# {}:\n", indent, field.name());
    }
  }
}

}  // namespace

std::string write_yaml(const proto::Experiment& experiment) {
  proto::Experiment complete = experiment;
  fill_defaults(complete);
  std::string text =
      "# An experiment of Rondo with every setting. Given back to `rondo search`, it repeats the run.\n\n";
  write_group(complete, "", text);
  return text;
}

}  // namespace rondo::cli
