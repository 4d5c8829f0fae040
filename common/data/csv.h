// Tables of text: RFC 4180 with CRLF or LF, the first line being the header. README.md states the grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/data/ascending.h"
#include "common/data/column_content.h"

namespace rondo::data {

// Rows are numbered from 0, the header not counted. The file's own bytes hold the text of all cells, so that
// a cell costs its bytes and 4 more; a number costs 8 on top of that, a text 4.
class CsvTable {
 public:
  // For messages: the file's name as the user gave it.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  [[nodiscard]] std::size_t rows() const { return lines_.size(); }
  [[nodiscard]] std::size_t columns() const { return header_.size(); }
  // Without its quotes. Valid as long as the table is neither moved nor destroyed.
  [[nodiscard, gnu::always_inline]] std::string_view cell(std::size_t row, std::size_t column) const {
    const std::size_t i = row * header_.size() + column;
    const std::size_t begin = begins_[i];
    return {text_.data() + begin, begins_[i + 1] - 1 - begin};
  }
  // What the column's cells say, as cells.h reads them.
  [[nodiscard]] const ColumnContent& content(std::size_t column) const { return contents_[column]; }
  // Line of the file, from 1, on which a row starts: quoted cells may hold line ends.
  [[nodiscard]] std::uint64_t line(std::size_t row) const { return lines_[row]; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;

 private:
  friend class CsvReader;
  std::string name_;
  std::string text_;  // one byte stands between two cells
  std::vector<std::string> header_;
  Ascending begins_;  // cell i is text_[begins_[i], begins_[i + 1] - 1)
  Ascending lines_;
  std::vector<ColumnContent> contents_;
};

// Throws Error(bad_input), naming the path, when there is no such file, it is a folder or cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

// Throws Error(bad_input) with name:line:column (columns count characters, from 1) for what is not a table.
[[nodiscard]] CsvTable parse_csv(std::string bytes, std::string name);

}  // namespace rondo::data
