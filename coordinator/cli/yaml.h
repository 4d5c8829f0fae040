// experiment.yaml: from text to an experiment and back, by the marks in proto/rondo/experiment.proto.
#pragma once

#include <string>

#include "rondo/experiment.pb.h"

namespace rondo::cli {

// What the file says and nothing else: no defaults. Throws Error(bad_input), as
// "experiment.yaml:12:3: search.lanez: unknown key; did you mean lanes?", for text that is not one YAML
// mapping of groups, unknown or repeated keys, values of another type or out of bounds, aliases, and files
// above 4 MiB.
[[nodiscard]] proto::Experiment read_yaml(const std::string& text, const std::string& file_name);

// Every setting, group by group, with its help as a comment; absent ones with their defaults, or commented
// out where they have none. read_yaml gives back the same experiment, when it had its defaults.
[[nodiscard]] std::string write_yaml(const proto::Experiment& experiment);

}  // namespace rondo::cli
