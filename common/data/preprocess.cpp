// Standardisation, and what all columns share. Categories: categories.cpp.
#include "common/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/data/categories.h"
#include "common/data/cells.h"
#include "common/data/columns.h"
#include "common/data/large_pages.h"
#include "common/data/target.h"

namespace rondo::data {

namespace {

using Rows = std::span<const std::uint32_t>;

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

double imputation(const proto::DataSettings& settings, std::vector<double> present) {
  return settings.numeric_imputation() == proto::NUMERIC_IMPUTATION_MEAN ? fit_standard(present).mean
                                                                         : median(std::move(present));
}

void fit_numeric(const proto::DataSettings& settings, const CsvTable& table, Rows rows,
                 proto::FittedColumn& column) {
  std::vector<double> values = numbers_of(table, *table.find(column.name()), rows);
  const bool is_complete = std::none_of(values.begin(), values.end(), [](double x) { return std::isnan(x); });
  column.set_indicator(settings.missing_indicator() && !is_complete);
  if (!is_complete) {
    std::vector<double> present;
    std::copy_if(values.begin(), values.end(), std::back_inserter(present),
                 [](double x) { return !std::isnan(x); });
    if (!present.empty()) column.set_imputed(imputation(settings, std::move(present)));
    for (double& value : values) {
      if (std::isnan(value)) value = column.imputed();
    }
  }
  const Standard standard = fit_standard(values);
  column.set_mean(standard.mean);
  column.set_scale(standard.scale);
  // Last, because a median takes the values' order.
  if (is_complete && !values.empty()) column.set_imputed(imputation(settings, std::move(values)));
}

// Writes one column's inputs, of some rows at a time.
class ColumnInputs {
 public:
  ColumnInputs(const proto::FittedColumn& column, const CsvTable& table)
      : column_(column), table_(table), index_(*table.find(column.name())) {
    if (column.type() == proto::COLUMN_TYPE_NUMERIC) return;
    words_ = std::make_unique<ColumnWords>(table, index_);
    places_ = find_categories(column, *words_);
    if (column.encoding() == proto::CATEGORY_ENCODING_ONE_HOT) return;
    for (const std::optional<std::size_t>& place : places_) {
      codes_.push_back(standardized(category_code(column, place), column.mean(), column.scale()));
    }
  }

  // Throws for the first of the rows whose cell is no number where one is needed.
  void check(Rows rows) const {
    if (words_ || all_are_numbers(table_, index_)) return;
    for (const std::uint32_t row : rows) static_cast<void>(numeric_cell(table_, row, index_));
  }

  // Inputs of row i start at inputs[i * width]; they are 0.
  void write(Rows rows, float* inputs, std::size_t width) const {
    if (!words_) {
      write_numbers(rows, inputs, width);
      return;
    }
    for (const std::uint32_t row : rows) {
      const std::uint32_t code = words_->code(row);
      if (!codes_.empty()) {
        *inputs = codes_[code];
      } else if (places_[code]) {
        inputs[*places_[code]] = 1.0F;
      }
      inputs += width;
    }
  }

 private:
  void write_numbers(Rows rows, float* inputs, std::size_t width) const {
    const double imputed = column_.imputed();
    const double mean = column_.mean();
    const double scale = column_.scale();
    const bool indicator = column_.indicator();
    for (const double number : numbers_of(table_, index_, rows)) {
      const bool is_missing = std::isnan(number);
      inputs[0] = standardized(is_missing ? imputed : number, mean, scale);
      if (indicator) inputs[1] = is_missing ? 1.0F : 0.0F;
      inputs += width;
    }
  }

  const proto::FittedColumn& column_;
  const CsvTable& table_;
  std::size_t index_;
  std::unique_ptr<ColumnWords> words_;              // categorical
  std::vector<std::optional<std::size_t>> places_;  // of every word
  std::vector<float> codes_;                        // of every word; none where the encoding is one-hot
};

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
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), half, values.end());
  return values.size() % 2 == 1 ? *half : (*std::max_element(values.begin(), half) + *half) / 2;
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
  const ColumnWords words(table, *table.find(column.name()));
  fit_categories(words, rows, fitted);
  if (column.encoding() == proto::CATEGORY_ENCODING_ONE_HOT) return fitted;
  std::vector<double> code_of_word;
  for (const std::optional<std::size_t>& place : find_categories(fitted, words)) {
    code_of_word.push_back(category_code(fitted, place));
  }
  std::vector<double> codes;
  codes.reserve(rows.size());
  for (const std::uint32_t row : rows) codes.push_back(code_of_word[words.code(row)]);
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
  std::vector<std::unique_ptr<ColumnInputs>> columns;
  for (const proto::FittedColumn& column : preprocessing.columns()) {
    columns.push_back(std::make_unique<ColumnInputs>(column, table));
    columns.back()->check(rows);
  }
  std::vector<float> inputs;
  reserve_large(inputs, rows.size() * width);
  inputs.resize(rows.size() * width, 0.0F);
  // Some rows at a time: their inputs stay near while one column after the other is written.
  constexpr std::size_t rows_at_once = 256;
  for (std::size_t begin = 0; begin < rows.size(); begin += rows_at_once) {
    const Rows some = rows.subspan(begin, std::min(rows_at_once, rows.size() - begin));
    float* first = inputs.data() + begin * width;
    for (int i = 0; i < preprocessing.columns_size(); ++i) {
      columns[static_cast<std::size_t>(i)]->write(some, first, width);
      first += width_of(preprocessing.columns(i));
    }
  }
  return inputs;
}

}  // namespace rondo::data
