// One pass over the bytes. A cell is first found, then its text is moved to the front of the same string, so
// that reading takes no second copy of the table.
#include "common/data/csv.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "common/base/error.h"
#include "common/experiment/utf8.h"

namespace rondo::data {

namespace {

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

// A place in the file as an editor shows it: characters count, not bytes.
struct Place {
  std::uint64_t line = 1;
  std::uint64_t column = 1;
  void advance(std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte == '\n') {
        ++line;
        column = 1;
      } else if (!is_continuation(byte)) {
        ++column;
      }
    }
  }
};

// Bytes of the character that starts with this byte, if it is well-formed.
std::size_t character_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

[[noreturn]] void refuse(const std::string& name, Place place, const std::string& what) {
  throw_bad_input("{}:{}:{}: {}", name, place.line, place.column, what);
}

// Everything is stored in protobuf strings sooner or later, and these are UTF-8.
void check_encoding(std::string_view bytes, const std::string& name) {
  const std::size_t nul = bytes.find('\0');
  const bool valid = is_utf8(bytes);
  if (valid && nul == std::string_view::npos) return;
  Place place;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::string_view character = bytes.substr(i, character_size(bytes[i]));
    if (!is_utf8(character)) {
      refuse(name, place, "not UTF-8 text; save the file as UTF-8, or convert it (iconv -f latin1 -t utf-8)");
    }
    if (bytes[i] == '\0') {
      refuse(name, place, "a NUL byte; this is no text, or UTF-16: save the file as CSV in UTF-8");
    }
    place.advance(character);
    i += character.size();
  }
}

}  // namespace

class CsvReader {
 public:
  CsvReader(std::string bytes, std::string name) {
    table_.name_ = std::move(name);
    table_.text_ = std::move(bytes);
  }
  CsvTable read();

 private:
  enum class After { cell, row };  // what comes behind a cell

  [[noreturn]] void refuse_at(std::size_t position, const std::string& what) {
    place_.advance(bytes().substr(read_, position - read_));
    refuse(table_.name_, place_, what);
  }
  [[nodiscard]] std::string_view bytes() const { return table_.text_; }
  [[nodiscard]] bool at_end() const { return read_ == table_.text_.size(); }
  [[nodiscard]] bool at_line_end(std::size_t position) const {
    return position == bytes().size() || bytes()[position] == '\n' ||
           bytes().substr(position, 2) == std::string_view("\r\n");
  }

  void read_header();
  void read_row();
  After read_cell();
  After plain_cell();
  After quoted_cell();
  After behind_cell(std::size_t end, std::string_view content);
  void check_header(const std::vector<Place>& places) const;

  CsvTable table_;
  std::size_t read_ = 0;   // bytes before it are consumed
  std::size_t write_ = 0;  // bytes before it are the cells' text; never above read_
  Place place_;            // of read_
  Place row_end_;          // behind the last cell, in front of what separates it from the next
};

CsvTable CsvReader::read() {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  check_encoding(bytes(), table_.name_);
  if (bytes().starts_with(byte_order_mark)) read_ = byte_order_mark.size();
  if (at_end()) throw_bad_input("{}: the file is empty; it needs a header line and rows", table_.name_);
  read_header();
  while (!at_end()) {
    // One column: an empty line is a row with an empty cell. More: it is nobody's row.
    if (table_.columns() > 1 && at_line_end(read_)) {
      const std::size_t after = bytes()[read_] == '\n' ? read_ + 1 : read_ + 2;
      place_.advance(bytes().substr(read_, after - read_));
      read_ = after;
      continue;
    }
    read_row();
  }
  if (table_.rows() == 0) {
    throw_bad_input("{}: a header line and no rows; there is nothing to learn from", table_.name_);
  }
  table_.text_.resize(write_);
  table_.text_.shrink_to_fit();
  return std::move(table_);
}

void CsvReader::read_header() {
  if (at_line_end(read_)) {
    throw_bad_input("{}:1:1: no header: the first line must name the columns", table_.name_);
  }
  std::vector<Place> places;
  After after = After::cell;
  while (after == After::cell) {
    places.push_back(place_);
    after = read_cell();
  }
  std::size_t begin = 0;
  for (std::size_t i = 1; i < table_.ends_.size(); ++i) {
    table_.header_.emplace_back(bytes().substr(begin, table_.ends_[i] - begin));
    begin = table_.ends_[i];
  }
  check_header(places);
  table_.ends_.assign(1, 0);
  write_ = 0;
}

void CsvReader::check_header(const std::vector<Place>& places) const {
  const std::vector<std::string>& header = table_.header_;
  std::vector<std::pair<std::string_view, std::size_t>> sorted;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i].find_first_not_of(" \t") == std::string::npos) {
      refuse(table_.name_, places[i],
             fmt::format("column {} of {} has no name; every column needs one", i + 1, header.size()));
    }
    sorted.emplace_back(header[i], i);
  }
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].first != sorted[i - 1].first) continue;
    refuse(table_.name_, places[sorted[i].second],
           fmt::format("a second column is named '{}'; rename one of them", sorted[i].first));
  }
  if (header.size() == 1 && header[0].find_first_of(";\t") != std::string::npos) {
    refuse(table_.name_, places[0],
           "a single column with ';' or a tab in its name; cells must be separated by commas");
  }
}

void CsvReader::read_row() {
  if (table_.rows() == std::numeric_limits<std::uint32_t>::max()) {
    throw_bad_input("{}: more than {} rows; take a part of the table", table_.name_, table_.rows());
  }
  const std::size_t columns = table_.columns();
  table_.lines_.push_back(place_.line);
  After after = After::cell;
  for (std::size_t count = 0; after == After::cell; ++count) {
    if (count == columns) {
      refuse_at(read_, fmt::format("more cells than the {} of the header; a cell that holds a comma must "
                                   "stand in double quotes",
                                   columns));
    }
    after = read_cell();
    if (after == After::row && count + 1 < columns) {
      refuse(
          table_.name_, row_end_,
          fmt::format("the row ends after {} of {} cells; fill it up (an empty cell is a missing value) or "
                      "remove it",
                      count + 1, columns));
    }
  }
}

CsvReader::After CsvReader::read_cell() {
  return !at_end() && bytes()[read_] == '"' ? quoted_cell() : plain_cell();
}

CsvReader::After CsvReader::plain_cell() {
  const std::size_t end = std::min(bytes().find_first_of(",\r\n", read_), bytes().size());
  const std::string_view content = bytes().substr(read_, end - read_);
  const std::size_t quote = content.find('"');
  if (quote != std::string_view::npos && content.find_first_not_of(" \t") == quote) {
    refuse_at(read_ + quote, "a quote behind blanks; remove the blanks between the comma and the quote");
  }
  return behind_cell(end, content);
}

CsvReader::After CsvReader::quoted_cell() {
  std::size_t end = read_ + 1;
  bool doubled = false;
  for (;;) {
    end = bytes().find('"', end);
    if (end == std::string_view::npos) {
      refuse_at(read_, "this quote is never closed; a quote inside a quoted cell must be doubled");
    }
    if (end + 1 == bytes().size() || bytes()[end + 1] != '"') break;
    doubled = true;
    end += 2;
  }
  const std::size_t behind = end + 1;
  if (!at_line_end(behind) && bytes()[behind] != ',') {
    refuse_at(behind, "text behind a closing quote; a quote inside a quoted cell must be doubled");
  }
  if (!doubled) return behind_cell(behind, bytes().substr(read_ + 1, end - read_ - 1));
  std::string content;
  for (std::size_t i = read_ + 1; i < end; ++i) {
    content += bytes()[i];
    if (bytes()[i] == '"') ++i;
  }
  return behind_cell(behind, content);
}

// The cell's raw text ends at `end`. Steps over what separates it from the next and keeps its content, which
// may lie in the very bytes that it is moved to.
CsvReader::After CsvReader::behind_cell(std::size_t end, std::string_view content) {
  After after = After::row;
  std::size_t next = end;
  place_.advance(bytes().substr(read_, end - read_));
  row_end_ = place_;
  if (end < bytes().size()) {
    if (bytes()[end] == ',') {
      after = After::cell;
      next = end + 1;
    } else if (!at_line_end(end)) {
      refuse(table_.name_, place_,
             "a carriage return that ends no line; save the file with LF or CRLF line ends");
    } else {
      next = bytes()[end] == '\n' ? end + 1 : end + 2;
    }
    place_.advance(bytes().substr(end, next - end));
  }
  std::memmove(table_.text_.data() + write_, content.data(), content.size());
  write_ += content.size();
  table_.ends_.push_back(write_);
  read_ = next;
  return after;
}

std::optional<std::size_t> CsvTable::find(std::string_view column) const {
  const auto found = std::find(header_.begin(), header_.end(), column);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

CsvTable parse_csv(std::string bytes, std::string name) {
  return CsvReader(std::move(bytes), std::move(name)).read();
}

}  // namespace rondo::data
