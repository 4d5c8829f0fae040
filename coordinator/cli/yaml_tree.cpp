#include "coordinator/cli/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "common/base/error.h"
#include "common/experiment/utf8.h"

namespace rondo::cli {

namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20U;
constexpr std::size_t most_depth = 8;

Place place_of(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

// Builds the tree from the parser's events. The innermost open collection is the last of `open_`.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& file_name) : file_name_(file_name) {}

  [[nodiscard]] YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override { root_.place = place_of(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "?", anchor);
    put(YamlNode{.place = place_of_null(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse_at(file_name_, place_of(mark), "aliases are not supported: write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    put({.kind = YamlNode::Kind::scalar, .place = place_of(mark), .text = value, .quoted = tag == "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != 0) refuse_at(file_name_, place_of(mark), "anchors are not supported: write the value out");
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse_at(file_name_, place_of(mark), "tags are not supported: leave it out");
    }
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check(mark, tag, anchor);
    if (open_.size() == most_depth) refuse_at(file_name_, place_of(mark), "nested deeper than any setting");
    open_.push_back({.kind = kind, .place = place_of(mark)});
  }
  void close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    put(std::move(node));
  }
  // The parser sees that a value is missing where the next one begins; people look for it behind its key.
  [[nodiscard]] Place place_of_null(const YAML::Mark& mark) const {
    const bool value =
        !open_.empty() && open_.back().kind == YamlNode::Kind::mapping && open_.back().items.size() % 2 == 1;
    const Place place = place_of(mark);
    return value && place.line > open_.back().items.back().place.line ? open_.back().items.back().place
                                                                      : place;
  }
  void put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().items.push_back(std::move(node));
    }
  }

  const std::string& file_name_;
  YamlNode root_;
  std::vector<YamlNode> open_;
};

// The parser takes some control characters for the end of the file, and replaces bytes that are not UTF-8.
void check_text(const std::string& text, const std::string& file_name) {
  if (text.size() > most_bytes) {
    throw_bad_input("{}: {} bytes are too many for an experiment (at most {})", file_name, text.size(),
                    most_bytes);
  }
  if (!is_utf8(text)) throw_bad_input("{}: not UTF-8 text: convert it (for example with iconv)", file_name);
  Place place;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) {
      refuse_at(file_name, place, fmt::format("a control character (0x{:02x})", byte));
    }
    if (letter == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
}

}  // namespace

void refuse_at(const std::string& file_name, Place place, const std::string& message) {
  throw_bad_input("{}:{}:{}: {}", file_name, place.line, place.column, message);
}

YamlNode parse_yaml(const std::string& text, const std::string& file_name) {
  check_text(text, file_name);
  try {
    // The parser takes a quote that is still open after the last line for closed. The comment gives the file
    // an end that is not a line's.
    std::istringstream stream(text + "\n#");
    YAML::Parser parser(stream);
    Builder builder(file_name);
    if (!parser.HandleNextDocument(builder)) throw_bad_input("{}: the file holds no settings", file_name);
    YamlNode root = builder.take();
    Builder second(file_name);
    if (parser.HandleNextDocument(second)) {
      refuse_at(file_name, second.take().place, "a second document: an experiment is one");
    }
    return root;
  } catch (const YAML::Exception& error) {
    refuse_at(file_name, place_of(error.mark), fmt::format("not YAML: {}", error.msg));
  }
}

}  // namespace rondo::cli
