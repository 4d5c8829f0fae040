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
        "space.dense_layers, or fewer rows or columns");
  }
  std::uint64_t value_;
};

struct Widths {
  Count weights = 0;         // entries of all weight matrices
  Count biases = 0;          // of all layers, the output's included
  Count normalized = 0;      // units of blocks with batch norm
  Count activations = 0;     // units of all layers
  std::uint64_t widest = 0;  // units of the widest layer
};

Widths widths_of(const proto::Architecture& architecture, const ProblemShape& shape) {
  Widths widths;
  std::uint64_t before = shape.inputs;
  const auto add = [&](std::uint64_t units) {
    widths.weights = widths.weights + Count(before) * units;
    widths.biases = widths.biases + units;
    widths.activations = widths.activations + units;
    widths.widest = std::max(widths.widest, units);
    before = units;
  };
  for (const proto::DenseBlock& block : architecture.blocks()) {
    add(block.units());
    if (block.batch_norm()) widths.normalized = widths.normalized + block.units();
  }
  add(shape.outputs);
  return widths;
}

}  // namespace

std::uint64_t parameter_count(const proto::Architecture& architecture, const ProblemShape& shape) {
  const Widths widths = widths_of(architecture, shape);
  return (widths.weights + widths.biases + Count(2) * widths.normalized).value();
}

std::uint64_t multiply_adds_per_epoch(const proto::Architecture& architecture, const ProblemShape& shape) {
  return (Count(3) * widths_of(architecture, shape).weights * shape.training_rows).value();
}

Tick ticks_per_epoch(const proto::Architecture& architecture, const ProblemShape& shape,
                     std::uint64_t divisor) {
  RONDO_CHECK(divisor >= 1);
  const std::uint64_t work = multiply_adds_per_epoch(architecture, shape);
  return Tick(std::max<std::uint64_t>(1, work / divisor + (work % divisor != 0 ? 1 : 0)));
}

std::uint64_t trial_bytes(const proto::Architecture& architecture, const ProblemShape& shape) {
  constexpr std::uint64_t float_bytes = 4;
  constexpr std::uint64_t evaluation_rows = 256;  // rows of a pass that judges an epoch
  constexpr std::uint64_t padding = 16;           // floats that a buffer's alignment can cost
  const Widths widths = widths_of(architecture, shape);
  const Count trainable = widths.weights + widths.biases + Count(2) * widths.normalized;
  const Count values = trainable + Count(2) * widths.normalized;
  const std::uint64_t slots = architecture.optimizer().kind() == proto::OPTIMIZER_KIND_SGD ? 1 : 2;
  const std::uint64_t rows = std::max<std::uint64_t>(architecture.batch_size(), evaluation_rows);

  const Count weights = Count(2) * values + Count(1 + slots) * trainable;
  const Count passes =
      Count(rows) * (Count(shape.inputs) + Count(4) * widths.activations + Count(2) * widths.widest);
  const Count statistics = Count(2) * widths.normalized;
  const std::uint64_t layers = static_cast<std::uint64_t>(architecture.blocks_size()) + 1;
  const std::uint64_t buffers = layers * (6 * (2 + slots) + 6) + 3;
  return ((weights + passes + statistics + Count(buffers * padding)) * float_bytes).value();
}

}  // namespace rondo
