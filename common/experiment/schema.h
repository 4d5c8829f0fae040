// The settings of an experiment by the marks in proto/rondo/experiment.proto: walked, filled with their
// defaults, checked, and reduced to the experiment's identity. No setting is named here.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "common/base/digest.h"
#include "rondo/experiment.pb.h"
#include "rondo/setting.pb.h"

namespace rondo {

[[nodiscard]] const proto::Setting& setting_of(const google::protobuf::FieldDescriptor& field);

// A field that holds a value, with the way to it.
struct SettingField {
  std::vector<const google::protobuf::FieldDescriptor*> way;  // groups, then the field itself
  [[nodiscard]] const google::protobuf::FieldDescriptor& field() const { return *way.back(); }
  [[nodiscard]] const proto::Setting& setting() const { return setting_of(field()); }
  [[nodiscard]] std::string path() const;  // "search.lanes"
};
// In the schema's order. The fields of a repeated group (data.columns) are not values of the experiment
// itself: it is left out.
[[nodiscard]] std::vector<SettingField> setting_fields();
// The message that holds the field, made on the way if need be.
[[nodiscard]] google::protobuf::Message& holder_of(proto::Experiment& experiment,
                                                   const SettingField& setting);

// Gives every setting that is absent its default, in data.columns too. A list without elements is absent.
void fill_defaults(proto::Experiment& experiment);

// Gives every absent setting what its absence stands for: what identity_bytes() left out for that reason.
void fill_absent_values(proto::Experiment& experiment);

// Throws Error(bad_input), naming the setting's path, for a value out of its bounds, a number that is not
// finite, an element that a list holds twice, and a column that is described twice. Says nothing of what is
// absent.
void check_bounds(const proto::Experiment& experiment);

// Canonical bytes of the experiment without its operational settings, without settings that have their
// absent_value, and without groups that are then empty. They parse back as an experiment. Take them of a
// resolved one.
[[nodiscard]] std::string identity_bytes(const proto::Experiment& experiment);
[[nodiscard]] Digest identity(const proto::Experiment& experiment);

}  // namespace rondo
