// Every setting of the schema given another value, without naming one.
#pragma once

#include <string>

#include "common/experiment/schema.h"

namespace rondo::testing {

// All defaults, a table, a target and two described columns: every setting but split.column has a value.
[[nodiscard]] proto::Experiment full_experiment();

// Gives a field of `message` a value that it did not have, within its bounds.
void change_value(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

}  // namespace rondo::testing
