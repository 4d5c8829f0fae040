// From cells to the numbers that a network sees, one column after the other; README.md states every
// operation.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/data/csv.h"
#include "rondo/experiment.pb.h"
#include "rondo/model.pb.h"

namespace rondo::data {

// Numbers of a row after preprocessing. Throws Error(corrupt) when the columns are not such as fit_column()
// makes, so that a damaged model is refused when it is loaded.
[[nodiscard]] std::uint64_t input_width(const proto::Preprocessing& preprocessing);

// Mean and population standard deviation as scikit-learn's StandardScaler has them: two passes over the
// values in the given order, and a constant's scale is 1. No values: mean 0, scale 1.
struct Standard {
  double mean = 0;
  double scale = 1;
};
[[nodiscard]] Standard fit_standard(std::span<const double> values);
// (value - mean) / scale in double, rounded once to float; beyond float's range the largest float.
[[nodiscard]] float standardized(double value, double mean, double scale);

// An even number of values: (a + b) / 2 of the two in the middle. `values` must not be empty.
[[nodiscard]] double median(std::vector<double> values);

// Fitted on the cells of `rows` alone. `column` is concrete: neither type nor encoding is auto.
[[nodiscard]] proto::FittedColumn fit_column(const proto::Column& column, const proto::DataSettings& settings,
                                             const CsvTable& table, std::span<const std::uint32_t> rows);

// The inputs of `rows`, row-major with input_width() of them a row, in the order of the fitted columns.
[[nodiscard]] std::vector<float> apply_columns(const proto::Preprocessing& preprocessing,
                                               const CsvTable& table, std::span<const std::uint32_t> rows);

}  // namespace rondo::data
