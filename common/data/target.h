// The column to predict: labels of classes, or standardised numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/data/csv.h"
#include "common/data/prepared.h"
#include "rondo/model.pb.h"

namespace rondo::data {

// The classes of cells: two cells are of one class when their bytes are equal, or when both are numbers and
// equal as such (1 and 1.0). A label is its shortest spelling, the smallest by bytes of these. Order: numbers
// ascending, then text by bytes. Missing cells are no class.
[[nodiscard]] std::vector<std::string> collect_labels(const CsvTable& table, std::size_t column);

// For messages: the first labels, in quotes.
[[nodiscard]] std::string shown_labels(std::span<const std::string> labels);

// From a cell to the number of its class.
class LabelIndex {
 public:
  // Throws Error(corrupt) when two labels are one class, or one is a missing value.
  explicit LabelIndex(std::span<const std::string> labels);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view cell) const;

 private:
  std::map<double, std::uint32_t> numbers_;
  std::map<std::string, std::uint32_t, std::less<>> texts_;
};

// The class of every row. Throws Error(bad_input) for a cell that is none.
[[nodiscard]] std::vector<std::uint32_t> classes_of(const CsvTable& table, std::size_t column,
                                                    std::span<const std::string> labels);

// Rows whose target is missing are refused, with their lines: a row without an answer teaches nothing, and
// leaving it out silently would change what the rows' numbers mean.
void refuse_missing_targets(const CsvTable& table, std::size_t column);

// Column of the table that a fitted or wanted name stands for. Throws Error(bad_input) with the nearest name.
[[nodiscard]] std::size_t find_column(const CsvTable& table, std::string_view name,
                                      std::string_view wanted_by);

// Regression: mean and scale over the target of `rows`.
void fit_target(const CsvTable& table, std::size_t column, std::span<const std::uint32_t> rows,
                proto::FittedTarget& target);

// Fills the part's targets for `rows`.
void apply_target(const proto::FittedTarget& target, const CsvTable& table,
                  std::span<const std::uint32_t> rows, Part& part);

}  // namespace rondo::data
