#include "common/data/categories.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/data/cells.h"

namespace rondo::data {

namespace {

struct Counted {
  std::string_view category;
  std::size_t rows = 0;
};

// Ascending by bytes, each category once.
std::vector<Counted> counted_categories(const ColumnWords& words, std::span<const std::uint32_t> rows) {
  std::vector<std::uint32_t> counts(words.size());
  for (const std::uint32_t row : rows) ++counts[words.code(row)];
  std::vector<Counted> all;
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) all.push_back({category_of(words[code]), counts[code]});
  }
  std::sort(all.begin(), all.end(),
            [](const Counted& a, const Counted& b) { return a.category < b.category; });
  // Several words are the missing category.
  std::size_t kept = 0;
  for (const Counted& next : all) {
    if (kept > 0 && all[kept - 1].category == next.category) {
      all[kept - 1].rows += next.rows;
    } else {
      all[kept++] = next;
    }
  }
  all.resize(kept);
  return all;
}

}  // namespace

std::string_view category_of(std::string_view cell) {
  return read_cell(cell).kind == CellKind::missing ? std::string_view() : cell;
}

std::size_t count_categories(const CsvTable& table, std::size_t column, std::span<const std::uint32_t> rows) {
  return counted_categories(ColumnWords(table, column), rows).size();
}

void fit_categories(const ColumnWords& words, std::span<const std::uint32_t> rows,
                    proto::FittedColumn& column) {
  for (const Counted& counted : counted_categories(words, rows)) {
    column.add_categories(std::string(counted.category));
    if (column.encoding() == proto::CATEGORY_ENCODING_FREQUENCY) {
      column.add_frequencies(static_cast<double>(counted.rows) / static_cast<double>(rows.size()));
    }
  }
}

std::vector<std::optional<std::size_t>> find_categories(const proto::FittedColumn& column,
                                                        const ColumnWords& words) {
  std::vector<std::optional<std::size_t>> places;
  places.reserve(words.size());
  for (std::size_t code = 0; code < words.size(); ++code) {
    places.push_back(find_category(column, category_of(words[code])));
  }
  return places;
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
