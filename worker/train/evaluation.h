// A network at work on the rows of a part: batches of its rows, their loss, and predictions in the form of
// common/metrics.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "common/data/prepared.h"
#include "rondo/experiment.pb.h"
#include "rondo/model.pb.h"
#include "worker/nn/network.h"
#include "worker/train/predictor.h"

namespace rondo::train {

// Rows of one pass of an evaluation. Part of the definition: the loss of a part is the mean of its chunks'
// losses.
inline constexpr std::size_t evaluation_rows = 256;

// A batch's targets beside the inputs that were gathered into the network; memory is taken once.
class Batch {
 public:
  Batch(const data::Part& part, std::size_t inputs, std::size_t most_rows);

  // Copies rows of the part into the network's input and their targets into this object.
  void gather(std::span<const std::uint32_t> rows, nn::Network& network);
  // The same for `count` consecutive rows.
  void gather(std::size_t first, std::size_t count, nn::Network& network);
  [[nodiscard]] nn::Targets targets() const;

 private:
  const data::Part* part_;
  std::size_t inputs_;
  std::size_t rows_ = 0;
  std::vector<std::uint32_t> classes_;
  std::vector<float> values_;
};

// Sizes the vectors of `predictions` for a number of rows.
void make_room(const proto::FittedTarget& target, std::size_t rows, Predictions& predictions);

// Predicts the rows of a part in chunks of evaluation_rows, into `predictions`, which has room for them; the
// network must have room for a chunk. Where `loss` is wanted it becomes the mean loss of the rows: Σ chunk
// loss · chunk rows / rows, in double. False when keep_going said no.
[[nodiscard]] bool evaluate_part(nn::Network& network, const data::Part& part, Batch& batch,
                                 const proto::FittedTarget& target, const std::function<bool()>& keep_going,
                                 Predictions& predictions, double* loss);

// The mean of what several networks predict for the same rows, as worker/kernels/NUMERICS.md says ("Several
// networks in one model").
class PredictionSum {
 public:
  // `shape` gives the sizes; its values are not read.
  explicit PredictionSum(const Predictions& shape)
      : sums_(std::max(shape.probabilities.size(), shape.values.size())) {}
  void add(const Predictions& one, std::uint32_t weight);
  // Into predictions of these sizes. Something must have been added.
  void mean(Predictions& predictions) const;

 private:
  std::vector<double> sums_;
  std::uint64_t weights_ = 0;
};

// The metric of predictions whose part has its target.
[[nodiscard]] double score_of(proto::Metric metric, const Predictions& predictions, const data::Part& part);

}  // namespace rondo::train
