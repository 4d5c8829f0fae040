// Which rows are training, validation and test rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/data/csv.h"
#include "rondo/experiment.pb.h"

namespace rondo::data {

// Row numbers, ascending in each part; every row is in exactly one.
struct Split {
  std::vector<std::uint32_t> training;
  std::vector<std::uint32_t> validation;
  std::vector<std::uint32_t> test;
};

// Rows of a part, as scikit-learn's train_test_split counts them: ⌈size · rows⌉ for a fraction below 1, else
// size itself. Throws Error(bad_input), naming the setting, when size is no whole number or leaves no row.
[[nodiscard]] std::uint64_t part_rows(double size, std::uint64_t rows, std::string_view setting);

// How many of `wanted` each class gets, by largest remainder; equal remainders go to the smaller class
// number.
[[nodiscard]] std::vector<std::uint64_t> largest_remainder(std::uint64_t wanted,
                                                           std::span<const std::uint64_t> counts);

// The rule must be concrete. With folds there are no validation rows: all that are not test rows are training
// rows, for make_folds() to cut. `classes` holds the class of every row, for rule stratified alone. Throws
// Error(bad_input) when a part would have no rows or split.column holds something else than the three words.
[[nodiscard]] Split split_rows(const proto::SplitSettings& settings, MasterSeed seed, const CsvTable& table,
                               std::span<const std::uint32_t> classes);

// Cross-validation: the training rows of `whole` dealt to `folds` parts, whose sizes differ by 1 at most;
// split f has part f as validation rows, the others as training rows, and no test rows. With `classes` (of
// every row of the table) each class is dealt evenly, too; without, rows are. Throws Error(bad_input) when
// there are fewer training rows than folds.
[[nodiscard]] std::vector<Split> make_folds(const Split& whole, std::uint32_t folds, MasterSeed seed,
                                            std::span<const std::uint32_t> classes);

}  // namespace rondo::data
