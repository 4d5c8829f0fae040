#include "common/data/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/data/cells.h"
#include "common/random/draws.h"
#include "common/random/seeds.h"

namespace rondo::data {

namespace {

enum class Purpose : std::uint8_t { training, validation, test };

Split collect(const std::vector<Purpose>& purposes) {
  Split split;
  for (std::size_t row = 0; row < purposes.size(); ++row) {
    std::vector<std::uint32_t>& part = purposes[row] == Purpose::training     ? split.training
                                       : purposes[row] == Purpose::validation ? split.validation
                                                                              : split.test;
    part.push_back(static_cast<std::uint32_t>(row));
  }
  return split;
}

struct Sizes {
  std::uint64_t test = 0;
  std::uint64_t validation = 0;
};

Sizes part_sizes(const proto::SplitSettings& settings, const CsvTable& table) {
  const std::uint64_t rows = table.rows();
  const bool folded = settings.folds() > 0;
  if (settings.validation() == 0 && !folded) {
    throw_bad_input("split.validation is 0: trials are ranked by validation rows; give them at least one");
  }
  Sizes sizes;
  try {
    sizes.test = part_rows(settings.test(), rows, "split.test");
    if (!folded) sizes.validation = part_rows(settings.validation(), rows - sizes.test, "split.validation");
  } catch (const Error& error) {
    throw_bad_input("{}: {}", table.name(), error.what());
  }
  return sizes;
}

// Gives `purpose` to the first `wanted` training rows in the order of `order`.
void take(std::span<const std::uint32_t> order, std::uint64_t wanted, Purpose purpose,
          std::vector<Purpose>& purposes) {
  for (const std::uint32_t row : order) {
    if (wanted == 0) return;
    if (purposes[row] != Purpose::training) continue;
    purposes[row] = purpose;
    --wanted;
  }
}

// The same class by class: of each, its share.
void take_stratified(std::span<const std::uint32_t> order, std::span<const std::uint32_t> classes,
                     std::uint64_t wanted, Purpose purpose, std::vector<Purpose>& purposes) {
  std::vector<std::uint64_t> counts;
  for (std::size_t row = 0; row < purposes.size(); ++row) {
    if (classes[row] >= counts.size()) counts.resize(classes[row] + std::size_t{1});
    if (purposes[row] == Purpose::training) ++counts[classes[row]];
  }
  std::vector<std::uint64_t> shares = largest_remainder(wanted, counts);
  for (const std::uint32_t row : order) {
    std::uint64_t& share = shares[classes[row]];
    if (share == 0 || purposes[row] != Purpose::training) continue;
    purposes[row] = purpose;
    --share;
  }
}

Split by_column(const proto::SplitSettings& settings, const CsvTable& table) {
  const std::optional<std::size_t> column = table.find(settings.column());
  if (!column) {
    const std::optional<std::string> near = nearest_name(settings.column(), table.header());
    throw_bad_input("split.column: {} has no column {}{}", table.name(), shown(settings.column()),
                    near ? fmt::format("; did you mean '{}'?", *near) : "");
  }
  std::vector<Purpose> purposes;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view word = table.cell(row, *column);
    if (word == "train") {
      purposes.push_back(Purpose::training);
    } else if (word == "validation") {
      purposes.push_back(Purpose::validation);
    } else if (word == "test") {
      purposes.push_back(Purpose::test);
    } else {
      throw_bad_input("{}:{}: split column '{}' holds {}; write train, validation or test", table.name(),
                      table.line(row), settings.column(), shown(word));
    }
  }
  Split split = collect(purposes);
  for (const auto& [part, word] :
       {std::pair{&split.training, "train"}, std::pair{&split.validation, "validation"}}) {
    if (part->empty()) {
      throw_bad_input("{}: split column '{}' marks no row as {}; the search needs some", table.name(),
                      settings.column(), word);
    }
  }
  return split;
}

}  // namespace

std::uint64_t part_rows(double size, std::uint64_t rows, std::string_view setting) {
  RONDO_CHECK(size >= 0, "size {}", size);
  double wanted = size;
  if (size < 1) {
    wanted = std::ceil(size * static_cast<double>(rows));
  } else if (size != std::floor(size)) {
    throw_bad_input("{} is {}: give a fraction below 1 or a whole number of rows", setting, shortest(size));
  }
  if (!(wanted < static_cast<double>(rows))) {
    throw_bad_input(
        "too few rows: {} = {} takes {} of {} rows and leaves none to train on; give a smaller one", setting,
        shortest(size), shortest(wanted), rows);
  }
  return static_cast<std::uint64_t>(wanted);
}

std::vector<std::uint64_t> largest_remainder(std::uint64_t wanted, std::span<const std::uint64_t> counts) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  RONDO_CHECK(wanted <= total && total <= UINT32_MAX, "{} of {}", wanted, total);
  std::vector<std::uint64_t> shares(counts.size());
  if (wanted == 0) return shares;
  std::vector<std::uint64_t> remainders(counts.size());
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    shares[i] = wanted * counts[i] / total;
    remainders[i] = wanted * counts[i] % total;
    given += shares[i];
  }
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; given < wanted; ++i, ++given) ++shares[order[i]];
  return shares;
}

Split split_rows(const proto::SplitSettings& settings, MasterSeed seed, const CsvTable& table,
                 std::span<const std::uint32_t> classes) {
  if (settings.rule() == proto::SPLIT_RULE_COLUMN) return by_column(settings, table);
  const Sizes sizes = part_sizes(settings, table);
  const auto rows = static_cast<std::uint32_t>(table.rows());
  std::vector<Purpose> purposes(rows, Purpose::training);
  if (settings.rule() == proto::SPLIT_RULE_LAST_ROWS) {
    const auto end = purposes.end();
    const auto test = end - static_cast<std::ptrdiff_t>(sizes.test);
    std::fill(test, end, Purpose::test);
    std::fill(test - static_cast<std::ptrdiff_t>(sizes.validation), test, Purpose::validation);
    return collect(purposes);
  }
  const random::Draws draws(random::derive_key(seed, random::Domain::data), random::Stream::split);
  const std::vector<std::uint32_t> order = random::permutation(draws, rows);
  if (settings.rule() == proto::SPLIT_RULE_SHUFFLED) {
    take(order, sizes.test, Purpose::test, purposes);
    take(order, sizes.validation, Purpose::validation, purposes);
    return collect(purposes);
  }
  RONDO_CHECK(settings.rule() == proto::SPLIT_RULE_STRATIFIED, "rule {}", static_cast<int>(settings.rule()));
  RONDO_CHECK(classes.size() == rows, "{} classes for {} rows", classes.size(), rows);
  take_stratified(order, classes, sizes.test, Purpose::test, purposes);
  take_stratified(order, classes, sizes.validation, Purpose::validation, purposes);
  return collect(purposes);
}

std::vector<Split> make_folds(const Split& whole, std::uint32_t folds, MasterSeed seed,
                              std::span<const std::uint32_t> classes) {
  RONDO_CHECK(folds >= 2 && whole.validation.empty(), "{} folds", folds);
  if (whole.training.size() < folds) {
    throw_bad_input("split.folds is {}, and {} rows are not test rows: take fewer folds", folds,
                    whole.training.size());
  }
  const std::size_t rows = whole.training.size() + whole.test.size();
  const random::Draws draws(random::derive_key(seed, random::Domain::data), random::Stream::fold);
  std::vector<bool> is_test(rows);
  for (const std::uint32_t row : whole.test) is_test[row] = true;
  std::vector<std::uint32_t> order = random::permutation(draws, static_cast<std::uint32_t>(rows));
  std::erase_if(order, [&](std::uint32_t row) { return is_test[row]; });
  if (!classes.empty()) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return classes[a] < classes[b]; });
  }
  // Dealt as cards are, class behind class: sizes and counts of each class differ by 1 at most.
  std::vector<std::uint32_t> fold_of(rows);
  for (std::size_t place = 0; place < order.size(); ++place) {
    fold_of[order[place]] = static_cast<std::uint32_t>(place % folds);
  }
  std::vector<Split> splits(folds);
  for (const std::uint32_t row : whole.training) {
    for (std::uint32_t fold = 0; fold < folds; ++fold) {
      (fold_of[row] == fold ? splits[fold].validation : splits[fold].training).push_back(row);
    }
  }
  return splits;
}

}  // namespace rondo::data
