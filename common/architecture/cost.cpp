// The formulas over an architecture; README.md states them.
#include <algorithm>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/error.h"

namespace rondo {

namespace {

// A natural number that throws where 64 bits do not hold it.
class Count {
 public:
  Count(std::uint64_t value) : value_(value) {}  // NOLINT(google-explicit-constructor): a number, checked
  [[nodiscard]] std::uint64_t value() const { return value_; }
  friend Count operator+(Count a, Count b) {
    Count sum(0);
    if (__builtin_add_overflow(a.value_, b.value_, &sum.value_)) overflow();
    return sum;
  }
  friend Count operator*(Count a, Count b) {
    Count product(0);
    if (__builtin_mul_overflow(a.value_, b.value_, &product.value_)) overflow();
    return product;
  }

 private:
  [[noreturn]] static void overflow() {
    throw_bad_input(
        "the cost of a network of the space does not fit into 64 bits: take smaller space.units or "
        "space.dense_layers, space.filters or space.convolution_layers, or fewer rows or columns");
  }
  std::uint64_t value_;
};

// What the formulas are made of: README.md's letters.
struct Totals {
  Count weights = 0;           // W: entries of all weight tensors
  Count biases = 0;            // B: of all layers, the output's included
  Count batch_normalized = 0;  // N: units and filters with batch norm
  Count layer_normalized = 0;  // L: units with layer norm
  Count work = 0;              // A: multiply-adds of a row
  Count kept = 0;              // K: floats of a row that a training pass keeps
  Count widest = 0;            // M: floats of a row in the widest layer
  Count scratch = 0;           // S: floats of the convolutions' scratch

  [[nodiscard]] Count trainable() const {
    return weights + biases + Count(2) * (batch_normalized + layer_normalized);
  }
};

void keep_widest(Totals& totals, Count width) {
  totals.widest = Count(std::max(totals.widest.value(), width.value()));
}

void add_convolution(const proto::ConvolutionBlock& block, const ConvolutionShape& shape, Totals& totals) {
  const Count places = Count(shape.height) * shape.width;
  const Count window = Count(shape.window_height) * shape.window_width;
  const Count given = places * shape.filters;
  const auto add = [&](Count weights, Count biases) {
    totals.weights = totals.weights + weights;
    totals.biases = totals.biases + biases;
    totals.work = totals.work + places * weights;
  };
  if (block.separable()) {
    add(window * shape.channels, shape.channels);
    add(Count(shape.channels) * shape.filters, shape.filters);
    totals.kept = totals.kept + places * shape.channels;
    keep_widest(totals, places * shape.channels);
  } else {
    add(window * shape.channels * shape.filters, shape.filters);
  }
  if (block.batch_norm()) totals.batch_normalized = totals.batch_normalized + shape.filters;
  totals.kept = totals.kept + Count(block.batch_norm() ? 4 : 2) * given;
  if (shape.pools())
    totals.kept = totals.kept + Count(shape.pooled_height) * shape.pooled_width * shape.filters;
  keep_widest(totals, given);
  const std::uint64_t window_height = block.separable() ? 1 : shape.window_height;
  const std::uint64_t window_width = block.separable() ? 1 : shape.window_width;
  const Count scratch = (Count(2) * shape.height + window_height) * (Count(2) * shape.width + window_width) *
                            std::max(shape.channels, shape.filters) +
                        Count(16);
  totals.scratch = Count(std::max(totals.scratch.value(), scratch.value()));
}

void add_dense(Count inputs, std::uint64_t units, Totals& totals) {
  totals.weights = totals.weights + inputs * units;
  totals.biases = totals.biases + units;
  totals.work = totals.work + inputs * units;
  totals.kept = totals.kept + Count(4) * units;
  keep_widest(totals, units);
}

Totals totals_of(const proto::Architecture& architecture, const ProblemShape& shape) {
  Totals totals;
  Count width = shape.inputs;
  int number = 0;
  for (const ConvolutionShape& convolution : convolution_shapes(architecture, shape.image)) {
    add_convolution(architecture.convolutions(number), convolution, totals);
    ++number;
    width = Count(convolution.pooled_height) * convolution.pooled_width * convolution.filters;
    if (number == architecture.convolutions_size() && architecture.global_average()) {
      width = convolution.filters;
      totals.kept = totals.kept + width;
    }
  }
  for (const proto::DenseBlock& block : architecture.blocks()) {
    add_dense(width, block.units(), totals);
    if (block.batch_norm()) {
      totals.batch_normalized = totals.batch_normalized + block.units();
    } else if (block.layer_norm()) {
      totals.layer_normalized = totals.layer_normalized + block.units();
      totals.kept = totals.kept + Count(1);
    }
    width = block.units();
  }
  add_dense(width, shape.outputs, totals);
  return totals;
}

}  // namespace

std::uint64_t parameter_count(const proto::Architecture& architecture, const ProblemShape& shape) {
  return totals_of(architecture, shape).trainable().value();
}

std::uint64_t multiply_adds_per_row(const proto::Architecture& architecture, const ProblemShape& shape) {
  return totals_of(architecture, shape).work.value();
}

std::uint64_t multiply_adds_per_epoch(const proto::Architecture& architecture, const ProblemShape& shape) {
  return (Count(3) * totals_of(architecture, shape).work * shape.training_rows).value();
}

std::uint64_t steps_per_epoch(const proto::Architecture& architecture, const ProblemShape& shape) {
  const std::uint64_t batch = std::max<std::uint64_t>(architecture.batch_size(), 1);
  return shape.training_rows / batch + (shape.training_rows % batch != 0 ? 1 : 0);
}

Tick ticks_per_epoch(const proto::Architecture& architecture, const ProblemShape& shape,
                     const TickRule& rule) {
  RONDO_CHECK(rule.divisor >= 1);
  const Totals totals = totals_of(architecture, shape);
  const Count step = Count(rule.step) + Count(rule.weight) * totals.trainable();
  const Count all =
      Count(3) * totals.work * shape.training_rows + Count(steps_per_epoch(architecture, shape)) * step;
  const std::uint64_t work = all.value();
  return Tick(std::max<std::uint64_t>(1, work / rule.divisor + (work % rule.divisor != 0 ? 1 : 0)));
}

std::uint64_t trial_bytes(const proto::Architecture& architecture, const ProblemShape& shape) {
  constexpr std::uint64_t float_bytes = 4;
  constexpr std::uint64_t evaluation_rows = 256;  // rows of a pass that judges an epoch
  constexpr std::uint64_t padding = 16;           // floats that a buffer's alignment can cost
  const Totals totals = totals_of(architecture, shape);
  const Count trainable = totals.trainable();
  const Count values = trainable + Count(2) * totals.batch_normalized;
  const std::uint64_t slots = architecture.optimizer().kind() == proto::OPTIMIZER_KIND_SGD ? 1 : 2;
  const std::uint64_t rows = std::max<std::uint64_t>(architecture.batch_size(), evaluation_rows);

  const Count weights = Count(2) * values + Count(1 + slots) * trainable;
  const Count passes = Count(rows) * (Count(shape.inputs) + totals.kept + Count(2) * totals.widest);
  const Count statistics = Count(2) * totals.batch_normalized;
  const auto layers = static_cast<std::uint64_t>(architecture.blocks_size()) + 1;
  const auto convolutions = static_cast<std::uint64_t>(architecture.convolutions_size());
  const std::uint64_t buffers =
      layers * (6 * (2 + slots) + 6) + convolutions * (8 * (2 + slots) + 8) + (convolutions > 0 ? 5 : 3);
  const Count floats = weights + passes + statistics + totals.scratch + Count(buffers * padding);
  return (floats * float_bytes * shape.members).value();
}

}  // namespace rondo
