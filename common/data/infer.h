// What a column is when nobody says it. README.md states the rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "common/data/csv.h"
#include "rondo/experiment.pb.h"

namespace rondo::data {

[[nodiscard]] ColumnFacts facts_of(const CsvTable& table, std::size_t column);

// Numeric where every cell that is not missing is a number, and there is one; else categorical.
[[nodiscard]] proto::ColumnType infer_type(const ColumnFacts& facts);

// Of a target without missing cells that has `classes` different values.
[[nodiscard]] proto::Task infer_task(const ColumnFacts& facts, std::size_t classes, std::size_t rows);

// Whether a column without text has more different numbers than infer_task() takes for classes: then it is
// known to be a quantity long before its classes are counted.
[[nodiscard]] bool is_quantity(const CsvTable& table, std::size_t column);

// Why a column of this type can teach nothing on the training rows; empty: it can.
[[nodiscard]] std::string useless_because(const CsvTable& table, std::size_t column, proto::ColumnType type,
                                          std::span<const std::uint32_t> training_rows);

}  // namespace rondo::data
