// Columns of words: their categories, and the number that stands for each in encodings ordinal and frequency.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/data/columns.h"
#include "common/data/csv.h"
#include "rondo/model.pb.h"

namespace rondo::data {

// The cell's own bytes; every mark of a missing value is the one category "".
[[nodiscard]] std::string_view category_of(std::string_view cell);

// Number of different categories in `rows`, missing included.
[[nodiscard]] std::size_t count_categories(const CsvTable& table, std::size_t column,
                                           std::span<const std::uint32_t> rows);

// Writes categories, ascending by bytes, and with encoding frequency the fraction of `rows` that has each.
void fit_categories(const ColumnWords& words, std::span<const std::uint32_t> rows,
                    proto::FittedColumn& column);

// Place of a category in the column's list; std::nullopt for one that no fitted row had.
[[nodiscard]] std::optional<std::size_t> find_category(const proto::FittedColumn& column,
                                                       std::string_view category);

// The same for every word of a table's column, by its code.
[[nodiscard]] std::vector<std::optional<std::size_t>> find_categories(const proto::FittedColumn& column,
                                                                      const ColumnWords& words);

// Ordinal: the place, -1 for an unseen one. Frequency: the frequency, 0 for an unseen one.
[[nodiscard]] double category_code(const proto::FittedColumn& column, std::optional<std::size_t> category);

}  // namespace rondo::data
