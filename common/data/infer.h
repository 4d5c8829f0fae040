// What a column is when nobody says it. README.md states the rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/data/csv.h"
#include "rondo/experiment.pb.h"

namespace rondo::data {

// The cells of a column, counted over the whole table.
struct ColumnFacts {
  std::size_t missing = 0;
  std::size_t numbers = 0;  // out of range included: a numeric column then names the cell
  std::size_t texts = 0;
  std::optional<std::size_t> first_text;  // row
  bool integers = true;                   // all numbers are whole
};
[[nodiscard]] ColumnFacts facts_of(const CsvTable& table, std::size_t column);

// Numeric where every cell that is not missing is a number, and there is one; else categorical.
[[nodiscard]] proto::ColumnType infer_type(const ColumnFacts& facts);

// Of a target without missing cells that has `classes` different values.
[[nodiscard]] proto::Task infer_task(const ColumnFacts& facts, std::size_t classes, std::size_t rows);

// Why a column of this type can teach nothing on the training rows; empty: it can.
[[nodiscard]] std::string useless_because(const CsvTable& table, std::size_t column, proto::ColumnType type,
                                          std::span<const std::uint32_t> training_rows);

}  // namespace rondo::data
