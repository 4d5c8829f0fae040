// Included inside a target's namespace: batch norm and layer norm.

// Columns are worked on in blocks, so that the chains over the rows stay on the stack.
constexpr std::size_t column_block = 64;

inline double inverse_deviation_of(double variance) {
  return 1.0 / __builtin_sqrt(variance + epsilon);
}

inline float normalize(float x, double mean, double inverse) {
  return static_cast<float>((static_cast<double>(x) - mean) * inverse);
}

void batch_norm_training(std::size_t rows, std::size_t units, const float* x, const float* gamma,
                         const float* beta, float* running_mean, float* running_variance, float* normalized,
                         float* inverse_deviation, float* y) {
  const double n = static_cast<double>(rows);
  for (std::size_t first = 0; first < units; first += column_block) {
    const std::size_t width = units - first < column_block ? units - first : column_block;
    double mean[column_block] = {};
    double inverse[column_block] = {};  // first the variance
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = x + r * units + first;
      for (std::size_t u = 0; u < width; ++u) mean[u] = mean[u] + static_cast<double>(row[u]);
    }
    for (std::size_t u = 0; u < width; ++u) mean[u] = mean[u] / n;
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = x + r * units + first;
      for (std::size_t u = 0; u < width; ++u) {
        const double d = static_cast<double>(row[u]) - mean[u];
        inverse[u] = inverse[u] + d * d;
      }
    }
    for (std::size_t u = 0; u < width; ++u) {
      const double variance = inverse[u] / n;
      float* m = running_mean + first + u;
      float* v = running_variance + first + u;
      *m = static_cast<float>(static_cast<double>(*m) + (mean[u] - static_cast<double>(*m)) * momentum);
      *v = static_cast<float>(static_cast<double>(*v) + (variance - static_cast<double>(*v)) * momentum);
      inverse[u] = inverse_deviation_of(variance);
      inverse_deviation[first + u] = static_cast<float>(inverse[u]);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * units + first;
      for (std::size_t u = 0; u < width; ++u) {
        const float value = normalize(x[at + u], mean[u], inverse[u]);
        normalized[at + u] = value;
        y[at + u] = fma_float(gamma[first + u], value, beta[first + u]);
      }
    }
  }
}

void batch_norm_inference(std::size_t rows, std::size_t units, const float* x, const float* gamma,
                          const float* beta, const float* running_mean, const float* running_variance,
                          float* y) {
  for (std::size_t first = 0; first < units; first += column_block) {
    const std::size_t width = units - first < column_block ? units - first : column_block;
    double mean[column_block];
    double inverse[column_block];
    for (std::size_t u = 0; u < width; ++u) {
      mean[u] = static_cast<double>(running_mean[first + u]);
      inverse[u] = inverse_deviation_of(static_cast<double>(running_variance[first + u]));
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * units + first;
      for (std::size_t u = 0; u < width; ++u) {
        y[at + u] = fma_float(gamma[first + u], normalize(x[at + u], mean[u], inverse[u]), beta[first + u]);
      }
    }
  }
}

void batch_norm_backward(std::size_t rows, std::size_t units, const float* normalized,
                         const float* inverse_deviation, const float* gamma, float* gradient, float* d_gamma,
                         float* d_beta) {
  const double n = static_cast<double>(rows);
  for (std::size_t first = 0; first < units; first += column_block) {
    const std::size_t width = units - first < column_block ? units - first : column_block;
    double sum_d[column_block] = {};
    double sum_dn[column_block] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * units + first;
      for (std::size_t u = 0; u < width; ++u) {
        const double d = static_cast<double>(gradient[at + u]);
        sum_d[u] = sum_d[u] + d;
        sum_dn[u] = sum_dn[u] + d * static_cast<double>(normalized[at + u]);
      }
    }
    double scale[column_block];
    for (std::size_t u = 0; u < width; ++u) {
      d_beta[first + u] = static_cast<float>(sum_d[u]);
      d_gamma[first + u] = static_cast<float>(sum_dn[u]);
      sum_d[u] = sum_d[u] / n;
      sum_dn[u] = sum_dn[u] / n;
      scale[u] = static_cast<double>(gamma[first + u]) * static_cast<double>(inverse_deviation[first + u]);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * units + first;
      for (std::size_t u = 0; u < width; ++u) {
        const double centred = static_cast<double>(gradient[at + u]) - sum_d[u];
        const double along = static_cast<double>(normalized[at + u]) * sum_dn[u];
        gradient[at + u] = static_cast<float>((centred - along) * scale[u]);
      }
    }
  }
}

// ---- Layer norm: the statistics of each row.

// The tree over f(0), …, f(count - 1).
template <typename Term>
inline double tree_of(std::size_t count, Term f) {
  double lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) lanes[l] = lanes[l] + f(i + l);
  }
  for (std::size_t l = 0; i < count; ++i, ++l) lanes[l] = lanes[l] + f(i);
  return tree(lanes);
}

void layer_norm_forward(std::size_t rows, std::size_t units, const float* x, const float* gamma,
                        const float* beta, float* normalized, float* inverse_deviation, float* y) {
  const double n = static_cast<double>(units);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = x + r * units;
    const double mean = sum(units, row) / n;
    const double squares = tree_of(units, [row, mean](std::size_t u) {
      const double d = static_cast<double>(row[u]) - mean;
      return d * d;
    });
    const double inverse = inverse_deviation_of(squares / n);
    inverse_deviation[r] = static_cast<float>(inverse);
    for (std::size_t u = 0; u < units; ++u) {
      const float value = normalize(row[u], mean, inverse);
      normalized[r * units + u] = value;
      y[r * units + u] = fma_float(gamma[u], value, beta[u]);
    }
  }
}

void layer_norm_backward(std::size_t rows, std::size_t units, const float* normalized,
                         const float* inverse_deviation, const float* gamma, float* gradient, float* d_gamma,
                         float* d_beta) {
  for (std::size_t first = 0; first < units; first += column_block) {
    const std::size_t width = units - first < column_block ? units - first : column_block;
    double sum_d[column_block] = {};
    double sum_dn[column_block] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * units + first;
      for (std::size_t u = 0; u < width; ++u) {
        const double d = static_cast<double>(gradient[at + u]);
        sum_d[u] = sum_d[u] + d;
        sum_dn[u] = sum_dn[u] + d * static_cast<double>(normalized[at + u]);
      }
    }
    for (std::size_t u = 0; u < width; ++u) {
      d_beta[first + u] = static_cast<float>(sum_d[u]);
      d_gamma[first + u] = static_cast<float>(sum_dn[u]);
    }
  }
  const double n = static_cast<double>(units);
  for (std::size_t r = 0; r < rows; ++r) {
    float* g = gradient + r * units;
    const float* h = normalized + r * units;
    const auto scaled = [g, gamma](std::size_t u) {
      return static_cast<double>(g[u]) * static_cast<double>(gamma[u]);
    };
    const double mean = tree_of(units, scaled) / n;
    const double along =
        tree_of(units, [scaled, h](std::size_t u) { return scaled(u) * static_cast<double>(h[u]); }) / n;
    const double inverse = static_cast<double>(inverse_deviation[r]);
    for (std::size_t u = 0; u < units; ++u) {
      const double centred = scaled(u) - mean;
      g[u] = static_cast<float>((centred - static_cast<double>(h[u]) * along) * inverse);
    }
  }
}
