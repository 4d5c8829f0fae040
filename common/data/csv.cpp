// One pass over the bytes, which stay where they are as long as one byte stands between two cells. Behind a
// quote, a CR or an empty line they move to the front by what was left out, a run at a time: reading takes no
// second copy of the table.
#include "common/data/csv.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "common/base/error.h"
#include "common/data/columns.h"
#include "common/data/marks.h"
#include "common/data/survey.h"
#include "common/experiment/utf8.h"

namespace rondo::data {

namespace {

constexpr std::size_t most_rows = std::numeric_limits<std::uint32_t>::max();
// Whose text stays near while one column after the other is read.
constexpr std::size_t rows_of_a_look = 256;

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
void check_encoding(std::string_view bytes, std::size_t plain, const std::string& name) {
  const std::string_view rest = bytes.substr(plain);
  if (rest.find('\0') == std::string_view::npos && is_utf8(rest)) return;
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
  CsvReader(std::string bytes, std::string name) : marks_({}, 0) {
    table_.name_ = std::move(name);
    table_.text_ = std::move(bytes);
  }
  CsvTable read();

 private:
  [[noreturn]] void refuse_at(std::size_t position, const std::string& what) {
    place_to(position);
    refuse(table_.name_, place_, what);
  }
  [[nodiscard]] std::string_view bytes() const { return table_.text_; }
  [[nodiscard]] bool at_end() const { return read_ == table_.text_.size(); }
  [[nodiscard]] bool at_line_end(std::size_t position) const {
    return position == bytes().size() || bytes()[position] == '\n' ||
           bytes().substr(position, 2) == std::string_view("\r\n");
  }
  // The bytes in front of `position` may be overwritten after this.
  void place_to(std::size_t position) {
    place_.advance(bytes().substr(placed_, position - placed_));
    placed_ = position;
  }

  // Bytes [kept_, position) are text of the table; those from there to `next` are not.
  void keep(std::size_t position, std::size_t next) {
    if (write_ != kept_)
      std::memmove(table_.text_.data() + write_, table_.text_.data() + kept_, position - kept_);
    write_ += position - kept_;
    kept_ = next;
  }
  // Where the byte at read_ stands in the table's text.
  [[nodiscard]] std::size_t text_position() const { return read_ - (kept_ - write_); }
  // Behind the last cell. The end of the file stands for the line end that its last line may lack.
  void end_cells() {
    const bool lacks_end = at_end() && bytes().back() != '\n';
    table_.begins_.push_back(text_position() + (lacks_end ? 1 : 0));
  }
  [[nodiscard]] bool ends_row(std::size_t end) const { return end == bytes().size() || bytes()[end] != ','; }

  void read_header();
  void read_row();
  // Behind the raw text of the cell that begins at read_: a comma, a line end or the end of the file.
  [[nodiscard]] std::size_t find_cell_end() {
    const std::size_t mark = marks_.next();
    return mark == bytes().size() || bytes()[mark] != '"' ? mark : find_end_behind_quote(mark);
  }
  [[nodiscard]] std::size_t find_end_behind_quote(std::size_t mark);
  [[nodiscard]] std::size_t read_quoted();
  void check_row_end(std::size_t end);
  void end_row(std::size_t end);
  void check_header(const std::vector<Place>& places) const;

  CsvTable table_;
  Marks marks_;
  std::size_t read_ = 0;    // bytes before it are consumed
  std::size_t kept_ = 0;    // bytes between it and read_ are text that has not moved yet
  std::size_t write_ = 0;   // where it goes; never above kept_
  std::size_t placed_ = 0;  // bytes from here on are as they were
  Place place_;             // of placed_
};

CsvTable CsvReader::read() {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const Survey survey = survey_of(bytes());
  check_encoding(bytes(), survey.plain, table_.name_);
  if (bytes().starts_with(byte_order_mark)) read_ = kept_ = write_ = placed_ = byte_order_mark.size();
  if (at_end()) throw_bad_input("{}: the file is empty; it needs a header line and rows", table_.name_);
  marks_ = Marks(bytes(), read_);
  read_header();
  // A row ends a line and has a byte behind each of its cells, but for the last one. Room that is not used is
  // never touched.
  const std::size_t rows = std::min({survey.line_ends + 1, bytes().size() / table_.columns() + 1, most_rows});
  table_.lines_.reserve(rows);
  table_.begins_.reserve(rows * table_.columns() + 1);
  ColumnsReader contents(table_, rows);
  while (!at_end()) {
    // One column: an empty line is a row with an empty cell. More: it is nobody's row.
    if (table_.columns() > 1 && at_line_end(read_)) {
      keep(read_, read_);
      end_row(marks_.next());
      kept_ = read_;
    } else {
      read_row();
    }
    // The last row's last cell ends where the next one's first begins.
    if (table_.rows() > contents.rows_read() + rows_of_a_look) {
      keep(read_, read_);
      contents.read_until(table_.rows() - 1);
    }
  }
  if (table_.rows() == 0) {
    throw_bad_input("{}: a header line and no rows; there is nothing to learn from", table_.name_);
  }
  end_cells();
  keep(read_, read_);
  table_.text_.resize(write_);
  contents.read_until(table_.rows());
  table_.contents_ = contents.finish();
  return std::move(table_);
}

void CsvReader::read_header() {
  if (at_line_end(read_)) {
    throw_bad_input("{}:1:1: no header: the first line must name the columns", table_.name_);
  }
  std::vector<Place> places;
  std::size_t end = 0;
  for (;;) {
    place_to(read_);
    places.push_back(place_);
    table_.begins_.push_back(text_position());
    end = find_cell_end();
    if (ends_row(end)) break;
    read_ = end + 1;
  }
  check_row_end(end);
  end_row(end);
  end_cells();
  keep(read_, read_);
  Ascending& begins = table_.begins_;
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    table_.header_.emplace_back(bytes().substr(begins[i], begins[i + 1] - 1 - begins[i]));
  }
  check_header(places);
  begins.clear();
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
  if (table_.rows() == most_rows) {
    throw_bad_input("{}: more than {} rows; take a part of the table", table_.name_, table_.rows());
  }
  const std::size_t columns = table_.columns();
  table_.lines_.push_back(place_.line);
  for (std::size_t count = 1;; ++count) {
    table_.begins_.push_back(text_position());
    const std::size_t end = find_cell_end();
    if (ends_row(end)) {
      check_row_end(end);
      if (count < columns) {
        refuse_at(end,
                  fmt::format("the row ends after {} of {} cells; fill it up (an empty cell is a missing "
                              "value) or remove it",
                              count, columns));
      }
      end_row(end);
      return;
    }
    read_ = end + 1;
    if (count == columns) {
      refuse_at(read_, fmt::format("more cells than the {} of the header; a cell that holds a comma must "
                                   "stand in double quotes",
                                   columns));
    }
  }
}

std::size_t CsvReader::find_end_behind_quote(std::size_t mark) {
  for (;; mark = marks_.next()) {
    if (mark == bytes().size() || bytes()[mark] != '"') return mark;
    if (mark == read_) return read_quoted();
    if (bytes().substr(read_, mark - read_).find_first_not_of(" \t") == std::string_view::npos) {
      refuse_at(mark, "a quote behind blanks; remove the blanks between the comma and the quote");
    }
  }
}

std::size_t CsvReader::read_quoted() {
  place_to(read_);
  const Place open = place_;
  keep(read_, read_ + 1);
  for (;;) {
    std::size_t quote = marks_.next();
    while (quote < bytes().size() && bytes()[quote] != '"') quote = marks_.next();
    if (quote == bytes().size()) {
      refuse(table_.name_, open, "this quote is never closed; a quote inside a quoted cell must be doubled");
    }
    const std::size_t behind = quote + 1;
    if (behind < bytes().size() && bytes()[behind] == '"') {
      place_to(marks_.next() + 1);
      keep(behind, behind + 1);
      continue;
    }
    place_to(behind);
    if (!at_line_end(behind) && bytes()[behind] != ',') {
      refuse(table_.name_, place_,
             "text behind a closing quote; a quote inside a quoted cell must be doubled");
    }
    keep(quote, behind);
    return marks_.next();  // it stands at `behind`
  }
}

void CsvReader::check_row_end(std::size_t end) {
  if (at_line_end(end)) return;
  refuse_at(end, "a carriage return that ends no line; save the file with LF or CRLF line ends");
}

// Steps over the line end at `end`, of which LF stays as the byte between two cells.
void CsvReader::end_row(std::size_t end) {
  read_ = end;
  if (at_end()) return;
  if (bytes()[end] == '\r') {
    keep(end, end + 1);
    read_ = marks_.next();
  }
  ++read_;
  ++place_.line;
  place_.column = 1;
  placed_ = read_;
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
