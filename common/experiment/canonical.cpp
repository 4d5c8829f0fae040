#include "common/experiment/canonical.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <limits>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/experiment/utf8.h"

namespace rondo {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void check_strings(const Message& message, const FieldDescriptor& field) {
  if (field.type() != FieldDescriptor::TYPE_STRING) return;
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  const auto check = [&](const std::string& text) {
    if (!is_utf8(text)) {
      throw_bad_input("{} is not UTF-8 text: convert the file to UTF-8 (for example with iconv)",
                      field.name());
    }
  };
  if (!field.is_repeated()) {
    check(reflection.GetStringReference(message, &field, &scratch));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    check(reflection.GetRepeatedStringReference(message, &field, i, &scratch));
  }
}

// What has no canonical form, anywhere below.
void check_form(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  RONDO_CHECK(reflection.GetUnknownFields(message).empty(), "{} holds unknown fields", message.GetTypeName());
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* const field : fields) {
    RONDO_CHECK(!field->is_map(), "{} is a map", field->full_name());
    check_strings(message, *field);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      check_form(reflection.GetMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      check_form(reflection.GetRepeatedMessage(message, field, i));
    }
  }
}

// Generated code writes the fields in the order of their numbers.
std::string write(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    RONDO_CHECK(message.SerializeToCodedStream(&coded), "{} does not fit into a message",
                message.GetTypeName());
  }
  return bytes;
}

}  // namespace

std::string canonical_serialize(const Message& message) {
  check_form(message);
  return write(message);
}

void parse_canonical(std::string_view bytes, Message& message) {
  message.Clear();
  // The Error says it; what protobuf itself prints about text that is not UTF-8 helps nobody.
  const google::protobuf::LogSilencer silent;
  constexpr std::size_t most = std::numeric_limits<int>::max();
  if (bytes.size() > most || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    message.Clear();
    throw_corrupt("{} bytes are not a {}", bytes.size(), message.GetTypeName());
  }
  // Without the unknown fields the bytes written again are shorter, so they are refused like any other
  // difference.
  message.DiscardUnknownFields();
  if (write(message) != bytes) {
    message.Clear();
    throw_corrupt("{} bytes are not the canonical form of a {}", bytes.size(), message.GetTypeName());
  }
}

}  // namespace rondo
