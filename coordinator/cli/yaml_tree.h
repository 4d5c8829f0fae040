// A YAML document as plain values that know where they stand. No aliases, tags, or nesting deeper than
// settings have, so a small file cannot become a large tree.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace rondo::cli {

// In a file, from 1.
struct Place {
  int line = 1;
  int column = 1;
};

struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  Place place;
  std::string text{};             // scalar
  bool quoted = false;            // scalar
  std::vector<YamlNode> items{};  // sequence; in a mapping: key, value, key, value, …
};

// Says where: "experiment.yaml:12:3: …", and throws Error(bad_input).
[[noreturn]] void refuse_at(const std::string& file_name, Place place, const std::string& message);

// Throws Error(bad_input) for what is not exactly one such document.
[[nodiscard]] YamlNode parse_yaml(const std::string& text, const std::string& file_name);

}  // namespace rondo::cli
