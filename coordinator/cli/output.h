// Where a command writes: text for people, one JSON object for programs.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace rondo::cli {

class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  [[nodiscard]] bool json() const { return json_; }
  // For people: on standard output, or on standard error when that belongs to the JSON object. Adds the
  // newline.
  void line(const std::string& text) const { write(json_ ? stderr : stdout, text + "\n"); }
  // The same, for text that ends with a newline already.
  void text(const std::string& text) const { write(json_ ? stderr : stdout, text); }
  // The one object; call once. Does nothing without --json.
  void object(const nlohmann::ordered_json& object) const {
    if (json_) write(stdout, object.dump() + "\n");
  }

 private:
  static void write(std::FILE* file, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
  }
  bool json_;
};

}  // namespace rondo::cli
