// The same networks in double, written as the textbook says, with the standard library's functions: what
// gradients are checked against. Shares no code with worker/nn but the list of tensors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/architecture/architecture.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"

namespace rondo::nn::test {

// As worker/kernels/NUMERICS.md has it; stated here again so that a change there shows.
inline constexpr double norm_epsilon = 1e-3;

using Matrix = std::vector<std::vector<double>>;

struct ReferenceBatch {
  Matrix inputs;
  std::vector<std::uint32_t> classes;
  std::vector<double> values;
  // For every convolution, then every dense block: what each unit of each row is multiplied with; empty: no
  // dropout.
  std::vector<Matrix> masks;
};

inline double activate(proto::Activation activation, double z) {
  switch (activation) {
    case proto::ACTIVATION_TANH:
      return std::tanh(z);
    case proto::ACTIVATION_SIGMOID:
      return 1 / (1 + std::exp(-z));
    case proto::ACTIVATION_GELU:
      return z * (1 + std::erf(z / std::sqrt(2.0))) / 2;
    case proto::ACTIVATION_GELU_TANH:
      return z / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (z + 0.044715 * z * z * z)));
    case proto::ACTIVATION_SOFTPLUS:
      return std::log1p(std::exp(z));
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

// `x` is taken as rows of gamma.size() values each: a row's units, or the channels of each of its places.
inline void batch_norm(Matrix& x, const std::vector<double>& gamma, const std::vector<double>& beta,
                       double epsilon) {
  const std::size_t channels = gamma.size();
  const std::size_t places = x[0].size() / channels;
  const auto count = static_cast<double>(x.size() * places);
  for (std::size_t u = 0; u < channels; ++u) {
    double mean = 0;
    double variance = 0;
    const auto each = [&](const auto& what) {
      for (auto& row : x) {
        for (std::size_t p = 0; p < places; ++p) what(row[p * channels + u]);
      }
    };
    each([&](double value) { mean += value / count; });
    each([&](double value) { variance += (value - mean) * (value - mean) / count; });
    each([&](double& value) { value = gamma[u] * (value - mean) / std::sqrt(variance + epsilon) + beta[u]; });
  }
}

inline void layer_norm(Matrix& x, const std::vector<double>& gamma, const std::vector<double>& beta,
                       double epsilon) {
  for (auto& row : x) {
    double mean = 0;
    double variance = 0;
    for (const double value : row) mean += value / static_cast<double>(row.size());
    for (const double value : row)
      variance += (value - mean) * (value - mean) / static_cast<double>(row.size());
    for (std::size_t u = 0; u < row.size(); ++u)
      row[u] = gamma[u] * (row[u] - mean) / std::sqrt(variance + epsilon) + beta[u];
  }
}

// Images whose channels lie side by side, and how one becomes the next.
struct Image {
  int height;
  int width;
  int channels;
  [[nodiscard]] std::size_t at(int y, int x, int c) const {
    return static_cast<std::size_t>((y * width + x) * channels + c);
  }
  [[nodiscard]] std::size_t size() const { return at(height, 0, 0); }
  [[nodiscard]] bool has(int y, int x) const { return y >= 0 && y < height && x >= 0 && x < width; }
};

// Weights: window × window × channels × filters, or, of a depthwise convolution, window × window × channels.
inline Matrix convolution(const Matrix& x, Image& image, int window_height, int window_width, bool depthwise,
                          const std::vector<double>& weights, const std::vector<double>& bias) {
  const Image in = image;
  const Image out{in.height, in.width, static_cast<int>(bias.size())};
  Matrix y(x.size(), std::vector<double>(out.size()));
  for (std::size_t r = 0; r < x.size(); ++r) {
    for (int oy = 0; oy < out.height; ++oy) {
      for (int ox = 0; ox < out.width; ++ox) {
        for (int f = 0; f < out.channels; ++f) {
          double& value = y[r][out.at(oy, ox, f)];
          value = bias[static_cast<std::size_t>(f)];
          for (int ky = 0; ky < window_height; ++ky) {
            for (int kx = 0; kx < window_width; ++kx) {
              const int iy = oy + ky - window_height / 2;
              const int ix = ox + kx - window_width / 2;
              if (!in.has(iy, ix)) continue;
              const int tap = ky * window_width + kx;
              for (int c = depthwise ? f : 0; c < (depthwise ? f + 1 : in.channels); ++c) {
                const int weight =
                    depthwise ? tap * in.channels + c : (tap * in.channels + c) * out.channels + f;
                value += x[r][in.at(iy, ix, c)] * weights[static_cast<std::size_t>(weight)];
              }
            }
          }
        }
      }
    }
  }
  image = out;
  return y;
}

// The largest value, or the mean, of windows that lie side by side.
inline Matrix pool(const Matrix& x, Image& image, int window_height, int window_width, bool mean) {
  const Image in = image;
  const Image out{(in.height + window_height - 1) / window_height,
                  (in.width + window_width - 1) / window_width, in.channels};
  Matrix y(x.size(), std::vector<double>(out.size()));
  for (std::size_t r = 0; r < x.size(); ++r) {
    for (int oy = 0; oy < out.height; ++oy) {
      for (int ox = 0; ox < out.width; ++ox) {
        for (int c = 0; c < in.channels; ++c) {
          double largest = -HUGE_VAL;
          double sum = 0;
          int places = 0;
          for (int iy = oy * window_height; iy < (oy + 1) * window_height; ++iy) {
            for (int ix = ox * window_width; ix < (ox + 1) * window_width; ++ix) {
              if (!in.has(iy, ix)) continue;
              largest = std::max(largest, x[r][in.at(iy, ix, c)]);
              sum += x[r][in.at(iy, ix, c)];
              ++places;
            }
          }
          y[r][out.at(oy, ox, c)] = mean ? sum / places : largest;
        }
      }
    }
  }
  image = out;
  return y;
}

inline void activate(proto::Activation activation, Matrix& x) {
  for (auto& row : x) {
    for (double& value : row) value = activate(activation, value);
  }
}

inline void multiply(Matrix& x, const Matrix& mask) {
  for (std::size_t r = 0; r < mask.size(); ++r) {
    for (std::size_t u = 0; u < x[r].size(); ++u) x[r][u] *= mask[r][u];
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

// What leaves the convolutions; `id` goes on behind their tensors.
inline Matrix convolved(const proto::Architecture& architecture, const ImageShape& shape,
                        const std::vector<std::vector<double>>& tensors, const ReferenceBatch& batch,
                        double epsilon, std::size_t& id) {
  Matrix x = batch.inputs;
  Image image{static_cast<int>(shape.height), static_cast<int>(shape.width),
              static_cast<int>(shape.channels)};
  const bool series = shape.height == 1;
  for (int b = 0; b < architecture.convolutions_size(); ++b) {
    const proto::ConvolutionBlock& block = architecture.convolutions(b);
    const int kernel = static_cast<int>(block.kernel());
    const int pooled = static_cast<int>(block.pool());
    for (const bool depthwise : {true, false}) {
      if (depthwise && !block.separable()) continue;
      const int window = !depthwise && block.separable() ? 1 : kernel;
      x = convolution(x, image, series ? 1 : window, window, depthwise, tensors[id], tensors[id + 1]);
      id += 2;
    }
    if (block.batch_norm()) {
      batch_norm(x, tensors[id], tensors[id + 1], epsilon);
      id += 4;
    }
    activate(block.activation(), x);
    x = pool(x, image, series ? 1 : pooled, pooled, false);
    multiply(x, batch.masks[static_cast<std::size_t>(b)]);
  }
  if (architecture.global_average()) x = pool(x, image, image.height, image.width, true);
  return x;
}

// The mean loss of a training pass; `tensors` in the order of canonical_tensors.
inline double training_loss(const proto::Architecture& architecture, proto::Task task,
                            const ImageShape& shape, const std::vector<std::vector<double>>& tensors,
                            const ReferenceBatch& batch, double epsilon) {
  std::size_t id = 0;
  Matrix x = convolved(architecture, shape, tensors, batch, epsilon, id);
  for (int b = 0; b < architecture.blocks_size(); ++b) {
    const proto::DenseBlock& block = architecture.blocks(b);
    x = dense(x, tensors[id], tensors[id + 1]);
    id += 2;
    if (block.batch_norm()) {
      batch_norm(x, tensors[id], tensors[id + 1], epsilon);
      id += 4;
    } else if (block.layer_norm()) {
      layer_norm(x, tensors[id], tensors[id + 1], epsilon);
      id += 2;
    }
    activate(block.activation(), x);
    multiply(x, batch.masks[static_cast<std::size_t>(architecture.convolutions_size() + b)]);
  }
  return mean_loss(task, dense(x, tensors[id], tensors[id + 1]), batch);
}

}  // namespace rondo::nn::test
