#include "worker/train/evaluation.h"

#include <algorithm>

#include "common/base/check.h"

namespace rondo::train {

Batch::Batch(const data::Part& part, std::size_t inputs, std::size_t most_rows)
    : part_(&part),
      inputs_(inputs),
      classes_(part.classes.empty() ? 0 : most_rows),
      values_(part.targets.empty() ? 0 : most_rows) {}

void Batch::gather(std::span<const std::uint32_t> rows, nn::Network& network) {
  const std::span<float> to = network.inputs(rows.size());
  rows_ = rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto from = part_->inputs.begin() + static_cast<std::ptrdiff_t>(rows[i] * inputs_);
    std::copy_n(from, inputs_, to.begin() + static_cast<std::ptrdiff_t>(i * inputs_));
    if (!classes_.empty()) classes_[i] = part_->classes[rows[i]];
    if (!values_.empty()) values_[i] = part_->targets[rows[i]];
  }
}

void Batch::gather(std::size_t first, std::size_t count, nn::Network& network) {
  const std::span<float> to = network.inputs(count);
  rows_ = count;
  std::copy_n(part_->inputs.begin() + static_cast<std::ptrdiff_t>(first * inputs_), count * inputs_,
              to.begin());
  const auto offset = static_cast<std::ptrdiff_t>(first);
  if (!classes_.empty()) std::copy_n(part_->classes.begin() + offset, count, classes_.begin());
  if (!values_.empty()) std::copy_n(part_->targets.begin() + offset, count, values_.begin());
}

nn::Targets Batch::targets() const {
  return {std::span(classes_).first(classes_.empty() ? 0 : rows_),
          std::span(values_).first(values_.empty() ? 0 : rows_)};
}

}  // namespace rondo::train
