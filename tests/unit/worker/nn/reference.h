// The same networks in double, written as the textbook says, with the standard library's functions: what
// gradients are checked against. Shares no code with worker/nn but the list of tensors.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/architecture/architecture.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"

namespace rondo::nn::test {

// As worker/kernels/NUMERICS.md has it; stated here again so that a change there shows.
inline constexpr double batch_norm_epsilon = 1e-3;

using Matrix = std::vector<std::vector<double>>;

struct ReferenceBatch {
  Matrix inputs;
  std::vector<std::uint32_t> classes;
  std::vector<double> values;
  std::vector<Matrix>
      masks;  // for every block: what each unit of each row is multiplied with; empty: no dropout
};

inline double activate(proto::Activation activation, double z) {
  switch (activation) {
    case proto::ACTIVATION_TANH:
      return std::tanh(z);
    case proto::ACTIVATION_SIGMOID:
      return 1 / (1 + std::exp(-z));
    case proto::ACTIVATION_GELU:
      return z * (1 + std::erf(z / std::sqrt(2.0))) / 2;
    default:
      return z > 0 ? z : 0;
  }
}

inline Matrix dense(const Matrix& x, const std::vector<double>& weights, const std::vector<double>& bias) {
  const std::size_t units = bias.size();
  Matrix y(x.size(), bias);
  for (std::size_t r = 0; r < x.size(); ++r) {
    for (std::size_t k = 0; k < x[r].size(); ++k) {
      for (std::size_t u = 0; u < units; ++u) y[r][u] += x[r][k] * weights[k * units + u];
    }
  }
  return y;
}

inline void batch_norm(Matrix& x, const std::vector<double>& gamma, const std::vector<double>& beta,
                       double epsilon) {
  const auto rows = static_cast<double>(x.size());
  for (std::size_t u = 0; u < gamma.size(); ++u) {
    double mean = 0;
    double variance = 0;
    for (const auto& row : x) mean += row[u] / rows;
    for (const auto& row : x) variance += (row[u] - mean) * (row[u] - mean) / rows;
    for (auto& row : x) row[u] = gamma[u] * (row[u] - mean) / std::sqrt(variance + epsilon) + beta[u];
  }
}

inline double mean_loss(proto::Task task, const Matrix& out, const ReferenceBatch& batch) {
  double sum = 0;
  for (std::size_t r = 0; r < out.size(); ++r) {
    if (task == proto::TASK_REGRESSION) {
      sum += (out[r][0] - batch.values[r]) * (out[r][0] - batch.values[r]);
    } else if (task == proto::TASK_BINARY) {
      const double p = 1 / (1 + std::exp(-out[r][0]));
      sum -= std::log(batch.classes[r] == 1 ? p : 1 - p);
    } else {
      double total = 0;
      for (const double z : out[r]) total += std::exp(z);
      sum -= std::log(std::exp(out[r][batch.classes[r]]) / total);
    }
  }
  return sum / static_cast<double>(out.size());
}

// The mean loss of a training pass; `tensors` in the order of canonical_tensors.
inline double training_loss(const proto::Architecture& architecture, proto::Task task,
                            const std::vector<std::vector<double>>& tensors, const ReferenceBatch& batch,
                            double epsilon) {
  Matrix x = batch.inputs;
  std::size_t id = 0;
  for (int b = 0; b < architecture.blocks_size(); ++b) {
    const proto::DenseBlock& block = architecture.blocks(b);
    x = dense(x, tensors[id], tensors[id + 1]);
    id += 2;
    if (block.batch_norm()) {
      batch_norm(x, tensors[id], tensors[id + 1], epsilon);
      id += 4;
    }
    const Matrix& mask = batch.masks[static_cast<std::size_t>(b)];
    for (std::size_t r = 0; r < x.size(); ++r) {
      for (std::size_t u = 0; u < x[r].size(); ++u) {
        x[r][u] = activate(block.activation(), x[r][u]) * (mask.empty() ? 1 : mask[r][u]);
      }
    }
  }
  return mean_loss(task, dense(x, tensors[id], tensors[id + 1]), batch);
}

}  // namespace rondo::nn::test
