// Tables for tests: the bundled ones, and small ones written where they are used.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/data/csv.h"
#include "rondo/experiment.pb.h"

namespace rondo::data::test {

inline std::string table_path(const std::string& name) {
  return RONDO_SOURCE_DIR "/tests/data/tables/" + name + ".csv";
}
inline CsvTable bundled(const std::string& name) {
  return parse_csv(read_file(table_path(name)), name + ".csv");
}
inline CsvTable small(const std::string& text) {
  return parse_csv(text, "small.csv");
}

inline std::vector<std::vector<std::string>> cells(const CsvTable& table) {
  std::vector<std::vector<std::string>> rows(table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t column = 0; column < table.columns(); ++column) {
      rows[row].emplace_back(table.cell(row, column));
    }
  }
  return rows;
}

// The text again, with line ends LF; cells must need no quotes.
inline std::string text_of(const std::vector<std::string>& header,
                           const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& line) {
    for (std::size_t i = 0; i < line.size(); ++i) text += (i > 0 ? "," : "") + line[i];
    text += "\n";
  };
  add(header);
  for (const std::vector<std::string>& row : rows) add(row);
  return text;
}

// Rows 0 … count - 1 without every fifth: the rows that the constants of these tests were computed on.
inline std::vector<std::uint32_t> not_every_fifth(std::size_t count) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < count; ++row) {
    if (row % 5 != 0) rows.push_back(row);
  }
  return rows;
}

inline proto::Experiment experiment(const std::string& target) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_target(target);
  return experiment;
}

// Whether the call refuses its input with a message that holds all of these.
inline testing::AssertionResult refuses(const std::vector<std::string>& texts,
                                        const std::function<void()>& call,
                                        ErrorCode code = ErrorCode::bad_input) {
  try {
    call();
  } catch (const Error& error) {
    if (error.code() != code) return testing::AssertionFailure() << "another code, with: " << error.what();
    for (const std::string& text : texts) {
      if (std::string(error.what()).find(text) == std::string::npos) {
        return testing::AssertionFailure() << "no '" << text << "' in: " << error.what();
      }
    }
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "nothing was refused";
}

}  // namespace rondo::data::test
