// Standardisation, and what all columns share. Categories: categories.cpp.
#include "common/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/data/categories.h"
#include "common/data/cells.h"
#include "common/data/target.h"

namespace rondo::data {

namespace {

using Rows = std::span<const std::uint32_t>;

// Where a column's inputs stand in the rows of a part.
struct Destination {
  std::span<float> inputs;
  std::size_t offset = 0;
  std::size_t width = 0;
  [[nodiscard]] float& at(std::size_t row, std::size_t input) const {
    return inputs[row * width + offset + input];
  }
};

std::uint64_t width_of(const proto::FittedColumn& column) {
  if (column.type() == proto::COLUMN_TYPE_NUMERIC) return column.indicator() ? 2 : 1;
  if (column.encoding() != proto::CATEGORY_ENCODING_ONE_HOT) return 1;
  return static_cast<std::uint64_t>(column.categories_size());
}

bool is_standard(double mean, double scale) {
  return std::isfinite(mean) && std::isfinite(scale) && scale > 0;
}

bool is_consistent(const proto::FittedColumn& column) {
  switch (column.type()) {
    case proto::COLUMN_TYPE_NUMERIC:
      return is_standard(column.mean(), column.scale()) && std::isfinite(column.imputed());
    case proto::COLUMN_TYPE_CATEGORICAL:
      break;
    default:
      return false;
  }
  if (column.categories().empty() ||
      std::adjacent_find(column.categories().begin(), column.categories().end(),
                         [](const auto& a, const auto& b) { return a >= b; }) != column.categories().end()) {
    return false;
  }
  switch (column.encoding()) {
    case proto::CATEGORY_ENCODING_ONE_HOT:
      return true;
    case proto::CATEGORY_ENCODING_ORDINAL:
      return is_standard(column.mean(), column.scale());
    case proto::CATEGORY_ENCODING_FREQUENCY:
      return is_standard(column.mean(), column.scale()) &&
             column.frequencies_size() == column.categories_size() &&
             std::all_of(column.frequencies().begin(), column.frequencies().end(),
                         [](double frequency) { return std::isfinite(frequency); });
    default:
      return false;
  }
}

void fit_numeric(const proto::DataSettings& settings, const CsvTable& table, Rows rows,
                 proto::FittedColumn& column) {
  const std::size_t index = *table.find(column.name());
  std::vector<std::optional<double>> cells;
  std::vector<double> present;
  for (const std::uint32_t row : rows) {
    cells.push_back(numeric_cell(table, row, index));
    if (cells.back()) present.push_back(*cells.back());
  }
  column.set_indicator(settings.missing_indicator() && present.size() < cells.size());
  if (!present.empty()) {
    column.set_imputed(settings.numeric_imputation() == proto::NUMERIC_IMPUTATION_MEAN
                           ? fit_standard(present).mean
                           : median(std::move(present)));
  }
  std::vector<double> values;
  values.reserve(cells.size());
  for (const std::optional<double>& cell : cells) values.push_back(cell.value_or(column.imputed()));
  const Standard standard = fit_standard(values);
  column.set_mean(standard.mean);
  column.set_scale(standard.scale);
}

void apply_numeric(const proto::FittedColumn& column, const CsvTable& table, Rows rows, Destination place) {
  const std::size_t index = *table.find(column.name());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::optional<double> cell = numeric_cell(table, rows[i], index);
    place.at(i, 0) = standardized(cell.value_or(column.imputed()), column.mean(), column.scale());
    if (column.indicator()) place.at(i, 1) = cell ? 0.0F : 1.0F;
  }
}

void apply_categorical(const proto::FittedColumn& column, const CsvTable& table, Rows rows,
                       Destination place) {
  const std::size_t index = *table.find(column.name());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::optional<std::size_t> category =
        find_category(column, category_of(table.cell(rows[i], index)));
    if (column.encoding() == proto::CATEGORY_ENCODING_ONE_HOT) {
      if (category) place.at(i, *category) = 1.0F;
    } else {
      place.at(i, 0) = standardized(category_code(column, category), column.mean(), column.scale());
    }
  }
}

}  // namespace

std::uint64_t input_width(const proto::Preprocessing& preprocessing) {
  std::uint64_t width = 0;
  for (const proto::FittedColumn& column : preprocessing.columns()) {
    if (!is_consistent(column)) {
      throw_corrupt("model: the preprocessing of its column {} is damaged; use an undamaged copy",
                    shown(column.name()));
    }
    // At most 2^31 columns of at most 2^31 inputs: 64 bits hold the sum.
    width += width_of(column);
  }
  return width;
}

Standard fit_standard(std::span<const double> values) {
  if (values.empty()) return {};
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  Standard standard;
  standard.mean = sum / count;
  double deviations = 0;
  double squares = 0;
  for (const double value : values) {
    const double deviation = value - standard.mean;
    deviations += deviation;
    squares += deviation * deviation;
  }
  // The first pass rounds the mean; the deviations' own sum takes that error out of the variance.
  const double variance = (squares - deviations * deviations / count) / count;
  // scikit-learn's test of a constant column, whose deviations are rounding errors.
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double error = count * standard.mean * epsilon;
  if (variance > count * epsilon * variance + error * error) standard.scale = std::sqrt(variance);
  return standard;
}

float standardized(double value, double mean, double scale) {
  constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
  const double z = (value - mean) / scale;
  return static_cast<float>(std::clamp(z, -largest, largest));
}

double median(std::vector<double> values) {
  RONDO_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

proto::FittedColumn fit_column(const proto::Column& column, const proto::DataSettings& settings,
                               const CsvTable& table, Rows rows) {
  static_cast<void>(find_column(table, column.name(), "data.columns"));
  proto::FittedColumn fitted;
  fitted.set_name(column.name());
  fitted.set_type(column.type());
  if (column.type() == proto::COLUMN_TYPE_NUMERIC) {
    fit_numeric(settings, table, rows, fitted);
    return fitted;
  }
  RONDO_CHECK(
      column.type() == proto::COLUMN_TYPE_CATEGORICAL && column.encoding() != proto::CATEGORY_ENCODING_AUTO,
      "column {} is not resolved", column.name());
  fitted.set_encoding(column.encoding());
  fit_categories(table, rows, fitted);
  if (column.encoding() == proto::CATEGORY_ENCODING_ONE_HOT) return fitted;
  std::vector<double> codes;
  codes.reserve(rows.size());
  const std::size_t index = *table.find(column.name());
  for (const std::uint32_t row : rows) {
    codes.push_back(category_code(fitted, find_category(fitted, category_of(table.cell(row, index)))));
  }
  const Standard standard = fit_standard(codes);
  fitted.set_mean(standard.mean);
  fitted.set_scale(standard.scale);
  return fitted;
}

std::vector<float> apply_columns(const proto::Preprocessing& preprocessing, const CsvTable& table,
                                 Rows rows) {
  const std::uint64_t width = input_width(preprocessing);
  for (const proto::FittedColumn& column : preprocessing.columns()) {
    static_cast<void>(find_column(table, column.name(), "an input column"));
  }
  constexpr std::uint64_t most = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float);
  if (!rows.empty() && width > most / rows.size()) {
    throw_bad_input(
        "{}: {} rows of {} inputs do not fit into memory; take a smaller data.one_hot_limit, or drop columns "
        "with many categories",
        table.name(), rows.size(), width);
  }
  std::vector<float> inputs(rows.size() * width, 0.0F);
  std::size_t offset = 0;
  for (const proto::FittedColumn& column : preprocessing.columns()) {
    const Destination place{inputs, offset, width};
    if (column.type() == proto::COLUMN_TYPE_NUMERIC) {
      apply_numeric(column, table, rows, place);
    } else {
      apply_categorical(column, table, rows, place);
    }
    offset += width_of(column);
  }
  return inputs;
}

}  // namespace rondo::data
