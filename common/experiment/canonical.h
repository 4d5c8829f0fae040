// Canonical bytes of protobuf messages: what is hashed, chained and compared. Protobuf promises no bytes of
// its own, so these are defined: fields ascending by number, minimal varints, floats as their bits, absent
// where the schema's default needs no bytes, repeated numbers packed, no maps, no unknown fields.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace rondo {

// The message must hold no unknown field, and every string must be UTF-8 (Error(bad_input) otherwise: such
// bytes could not be read again).
[[nodiscard]] std::string canonical_serialize(const google::protobuf::Message& message);

// Replaces `message`. Throws Error(corrupt) when the bytes are not a message of this type in its canonical
// form: whatever would be written differently again is refused.
void parse_canonical(std::string_view bytes, google::protobuf::Message& message);

}  // namespace rondo
