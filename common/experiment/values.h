// One setting's value as text, and back. YAML, flags and the schema's own defaults and bounds are all read by
// this parser, so that a value means the same and is refused in the same words wherever it stands.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

namespace rondo {

// Sets a single field, or appends one element to a repeated one, within the field's own type and marked
// bounds. Throws Error(bad_input) with a message that names no place: "-5 is below the minimum 1". A float or
// double must be finite and is read correctly rounded in the field's type; -0 becomes 0.
void set_value(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
               std::string_view text);

// The shortest text that set_value reads back as the same value: element `index` of a repeated field, -1 for
// a single one. Strings are given as they are, without quotes.
[[nodiscard]] std::string value_text(const google::protobuf::Message& message,
                                     const google::protobuf::FieldDescriptor& field, int index = -1);

// The elements of "[a, b, c]", as the schema's default_value holds them. Values hold no comma.
[[nodiscard]] std::vector<std::string> list_elements(std::string_view text);

// TASK_REGRESSION of Task as "regression".
[[nodiscard]] std::string enum_text(const google::protobuf::EnumValueDescriptor& value);

}  // namespace rondo
