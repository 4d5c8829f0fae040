#include "common/data/categories.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/data/cells.h"

namespace rondo::data {

namespace {

std::vector<std::string_view> sorted_categories(const CsvTable& table, std::size_t column,
                                                std::span<const std::uint32_t> rows) {
  std::vector<std::string_view> all;
  all.reserve(rows.size());
  for (const std::uint32_t row : rows) all.push_back(category_of(table.cell(row, column)));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::string_view category_of(std::string_view cell) {
  return read_cell(cell).kind == CellKind::missing ? std::string_view() : cell;
}

std::size_t count_categories(const CsvTable& table, std::size_t column, std::span<const std::uint32_t> rows) {
  std::vector<std::string_view> all = sorted_categories(table, column, rows);
  return static_cast<std::size_t>(std::unique(all.begin(), all.end()) - all.begin());
}

void fit_categories(const CsvTable& table, std::span<const std::uint32_t> rows, proto::FittedColumn& column) {
  const std::vector<std::string_view> all = sorted_categories(table, *table.find(column.name()), rows);
  for (auto first = all.begin(); first != all.end();) {
    const auto next = std::upper_bound(first, all.end(), *first);
    column.add_categories(std::string(*first));
    if (column.encoding() == proto::CATEGORY_ENCODING_FREQUENCY) {
      column.add_frequencies(static_cast<double>(next - first) / static_cast<double>(all.size()));
    }
    first = next;
  }
}

std::optional<std::size_t> find_category(const proto::FittedColumn& column, std::string_view category) {
  const auto& all = column.categories();
  const auto found = std::lower_bound(all.begin(), all.end(), category,
                                      [](const std::string& a, std::string_view b) { return a < b; });
  if (found == all.end() || *found != category) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

double category_code(const proto::FittedColumn& column, std::optional<std::size_t> category) {
  if (column.encoding() == proto::CATEGORY_ENCODING_ORDINAL) {
    return category ? static_cast<double>(*category) : -1.0;
  }
  return category ? column.frequencies(static_cast<int>(*category)) : 0.0;
}

}  // namespace rondo::data
