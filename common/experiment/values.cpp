#include "common/experiment/values.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/experiment/utf8.h"
#include "rondo/setting.pb.h"

namespace rondo {

namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

const proto::Setting& mark(const FieldDescriptor& field) {
  return field.options().GetExtension(proto::setting);
}

// A value in a message stays short, whatever the file held.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

// In `Number` itself: a float must not be rounded twice.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

template <class Number>
void check_marked_bounds(const FieldDescriptor& field, std::string_view text, Number value) {
  const proto::Setting& setting = mark(field);
  if (!setting.minimum().empty()) {
    const std::optional<Number> minimum = number_in<Number>(setting.minimum());
    RONDO_CHECK(minimum, "the minimum of {}", field.full_name());
    if (value < *minimum) throw_bad_input("{} is below the minimum {}", shown(text), setting.minimum());
  }
  if (!setting.maximum().empty()) {
    const std::optional<Number> maximum = number_in<Number>(setting.maximum());
    RONDO_CHECK(maximum, "the maximum of {}", field.full_name());
    if (value > *maximum) throw_bad_input("{} is above the maximum {}", shown(text), setting.maximum());
  }
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::uint64_t whole_number(const FieldDescriptor& field, std::string_view text) {
  const std::uint64_t most = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32
                                 ? std::numeric_limits<std::uint32_t>::max()
                                 : std::numeric_limits<std::uint64_t>::max();
  const proto::Setting& setting = mark(field);
  if (text.starts_with('-') && is_digits(text.substr(1))) {
    throw_bad_input("{} is below the minimum {}", shown(text),
                    setting.minimum().empty() ? "0" : setting.minimum());
  }
  if (!is_digits(text)) throw_bad_input("'{}' is not a whole number", shown(text));
  const std::optional<std::uint64_t> value = parse_u64(text);
  if (!value || *value > most) {
    throw_bad_input("{} is above the maximum {}", shown(text),
                    setting.maximum().empty() ? fmt::format("{}", most) : setting.maximum());
  }
  check_marked_bounds(field, text, *value);
  return *value;
}

template <class Float>
Float finite_number(const FieldDescriptor& field, std::string_view text) {
  const std::optional<Float> value = number_in<Float>(text);
  if (!value) {
    // Out of the type's range, but a number: say so.
    if constexpr (sizeof(Float) < sizeof(double)) {
      if (number_in<double>(text)) throw_bad_input("{} does not fit into a 32-bit float", shown(text));
    }
    throw_bad_input("'{}' is not a number", shown(text));
  }
  if (!(*value - *value == 0)) throw_bad_input("'{}' is not a finite number", shown(text));
  check_marked_bounds(field, text, *value);
  return *value == 0 ? Float{0} : *value;
}

bool truth(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw_bad_input("'{}' is not true or false", shown(text));
}

int enum_number(const EnumDescriptor& type, std::string_view text) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    names.push_back(enum_text(*type.value(i)));
    if (names.back() == text) return type.value(i)->number();
  }
  const std::optional<std::string> near = nearest_name(text, names);
  throw_bad_input("'{}' is not one of {}{}", shown(text), fmt::join(names, ", "),
                  near ? fmt::format("; did you mean {}?", *near) : "");
}

std::string checked_string(std::string_view text) {
  if (text.empty()) throw_bad_input("the value is empty");
  if (!is_utf8(text)) throw_bad_input("the value is not UTF-8 text");
  return std::string(text);
}

}  // namespace

std::string enum_text(const google::protobuf::EnumValueDescriptor& value) {
  const auto upper = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
  const auto lowered = [&](char letter) {
    return upper(letter) ? static_cast<char>(letter - 'A' + 'a') : letter;
  };
  // SamplerKind: SAMPLER_KIND_
  std::string prefix;
  for (const char letter : value.type()->name()) {
    if (upper(letter) && !prefix.empty()) prefix += '_';
    prefix += lowered(letter);
  }
  prefix += '_';
  std::string name;
  for (const char letter : value.name()) name += lowered(letter);
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name;
}

std::vector<std::string> list_elements(std::string_view text) {
  RONDO_CHECK(text.size() >= 2 && text.front() == '[' && text.back() == ']', "{} is not a list", text);
  text = text.substr(1, text.size() - 2);
  std::vector<std::string> elements;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view element = text.substr(0, comma);
    element.remove_prefix(std::min(element.find_first_not_of(' '), element.size()));
    elements.emplace_back(element.substr(0, element.find_last_not_of(' ') + 1));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return elements;
}

void set_value(Message& message, const FieldDescriptor& field, std::string_view text) {
  const Reflection& reflection = *message.GetReflection();
  const auto put = [&](auto set, auto add, auto value) {
    if (field.is_repeated()) {
      (reflection.*add)(&message, &field, value);
    } else {
      (reflection.*set)(&message, &field, value);
    }
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::SetUInt32, &Reflection::AddUInt32,
                 static_cast<std::uint32_t>(whole_number(field, text)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::SetUInt64, &Reflection::AddUInt64, whole_number(field, text));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&Reflection::SetFloat, &Reflection::AddFloat, finite_number<float>(field, text));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&Reflection::SetDouble, &Reflection::AddDouble, finite_number<double>(field, text));
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::SetBool, &Reflection::AddBool, truth(text));
    case FieldDescriptor::CPPTYPE_ENUM:
      return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, enum_number(*field.enum_type(), text));
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::SetString, &Reflection::AddString, checked_string(text));
    default:
      RONDO_CHECK(false, "{} has a type that no setting may have", field.full_name());
  }
}

std::string value_text(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool list = field.is_repeated();
  RONDO_CHECK(list == (index >= 0), "{} element {}", field.full_name(), index);
  const auto get = [&](auto single, auto repeated) {
    return list ? (reflection.*repeated)(message, &field, index) : (reflection.*single)(message, &field);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return fmt::format("{}", get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return fmt::format("{}", get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return shortest(get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return shortest(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_BOOL:
      return get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* const value = field.enum_type()->FindValueByNumber(
          get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue));
      if (value == nullptr) throw_bad_input("a value of {} that this version does not know", field.name());
      return enum_text(*value);
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return get(&Reflection::GetString, &Reflection::GetRepeatedString);
    default:
      RONDO_CHECK(false, "{} has a type that no setting may have", field.full_name());
  }
  return {};
}

}  // namespace rondo
