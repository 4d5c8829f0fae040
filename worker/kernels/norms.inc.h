// Included inside a target's namespace: batch norm and layer norm.

// Columns are worked on in blocks, so that the chains over the rows stay on the stack.
constexpr std::size_t column_block = 256;

inline double inverse_deviation_of(double variance) {
  return 1.0 / __builtin_sqrt(variance + epsilon);
}

inline float normalize(float x, double mean, double inverse) {
  return static_cast<float>((static_cast<double>(x) - mean) * inverse);
}

void batch_norm_training(std::size_t rows, std::size_t units, std::size_t stride, const float* x,
                         const float* gamma, const float* beta, float* running_mean, float* running_variance,
                         float* normalized, float* inverse_deviation, float* y) {
  const double n = static_cast<double>(rows);
  for (std::size_t first = 0; first < units; first += column_block) {
    const std::size_t width = units - first < column_block ? units - first : column_block;
    double mean[column_block] = {};
    double inverse[column_block] = {};  // first the variance
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = x + r * stride + first;
      for (std::size_t u = 0; u < width; ++u) mean[u] = mean[u] + static_cast<double>(row[u]);
    }
    for (std::size_t u = 0; u < width; ++u) mean[u] = mean[u] / n;
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = x + r * stride + first;
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
      const std::size_t at = r * stride + first;
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

void batch_norm_backward(std::size_t rows, std::size_t units, std::size_t stride, const float* normalized,
                         const float* inverse_deviation, const float* gamma, float* gradient, float* d_gamma,
                         float* d_beta) {
  const double n = static_cast<double>(rows);
  for (std::size_t first = 0; first < units; first += column_block) {
    const std::size_t width = units - first < column_block ? units - first : column_block;
    double sum_d[column_block] = {};
    double sum_dn[column_block] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * stride + first;
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
      const std::size_t at = r * stride + first;
      for (std::size_t u = 0; u < width; ++u) {
        const double centred = static_cast<double>(gradient[at + u]) - sum_d[u];
        const double along = static_cast<double>(normalized[at + u]) * sum_dn[u];
        gradient[at + u] = static_cast<float>((centred - along) * scale[u]);
      }
    }
  }
}

// ---- Layer norm: the statistics of each row, for blocks of 16 rows, so that one row's sums need not wait
// for another's.

inline double sum_of_squares_about(double mean, std::size_t count, const float* x) {
  double lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) {
      const double d = static_cast<double>(x[i + l]) - mean;
      lanes[l] = lanes[l] + d * d;
    }
  }
  for (std::size_t l = 0; i < count; ++i, ++l) {
    const double d = static_cast<double>(x[i]) - mean;
    lanes[l] = lanes[l] + d * d;
  }
  return tree(lanes);
}

// Up to 16 rows; mean and inverse have 16 values.
inline void row_statistics(std::size_t rows, std::size_t units, const float* x, double* mean,
                           double* inverse) {
  const double n = static_cast<double>(units);
  for (std::size_t r = 0; r < rows; ++r) mean[r] = sum(units, x + r * units);
  for (std::size_t r = 0; r < row_block; ++r) mean[r] = mean[r] / n;
  for (std::size_t r = 0; r < rows; ++r) inverse[r] = sum_of_squares_about(mean[r], units, x + r * units);
  for (std::size_t r = 0; r < row_block; ++r) inverse[r] = inverse_deviation_of(inverse[r] / n);
}

inline void layer_norm_narrow(std::size_t rows, std::size_t units, const float* x, const float* gamma,
                              const float* beta, float* normalized, float* inverse_deviation, float* y) {
  const double n = static_cast<double>(units);
  float values[16][row_block];
  double lanes[16][row_block];
  turn_rows(rows, units, x, values);
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) lanes[u][r] = 0.0 + static_cast<double>(values[u][r]);
  }
  tree_of_rows(units, lanes);
  double mean[row_block];
  for (std::size_t r = 0; r < row_block; ++r) mean[r] = lanes[0][r] / n;
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) {
      const double d = static_cast<double>(values[u][r]) - mean[r];
      lanes[u][r] = d * d;
    }
  }
  tree_of_rows(units, lanes);
  double inverse[row_block];
  for (std::size_t r = 0; r < row_block; ++r) inverse[r] = inverse_deviation_of(lanes[0][r] / n);
  for (std::size_t r = 0; r < rows; ++r) inverse_deviation[r] = static_cast<float>(inverse[r]);
  float scaled[16][row_block];
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) {
      values[u][r] = normalize(values[u][r], mean[r], inverse[r]);
      scaled[u][r] = fma_float(gamma[u], values[u][r], beta[u]);
    }
  }
  turn_back(rows, units, values, normalized);
  turn_back(rows, units, scaled, y);
}

inline void layer_norm_wide(std::size_t rows, std::size_t units, const float* x, const float* gamma,
                            const float* beta, float* normalized, float* inverse_deviation, float* y) {
  double mean[row_block] = {};
  double inverse[row_block] = {};
  row_statistics(rows, units, x, mean, inverse);
  for (std::size_t r = 0; r < rows; ++r) {
    inverse_deviation[r] = static_cast<float>(inverse[r]);
    const std::size_t at = r * units;
    const double m = mean[r];
    const double i = inverse[r];
    for (std::size_t u = 0; u < units; ++u) {
      const float value = normalize(x[at + u], m, i);
      normalized[at + u] = value;
      y[at + u] = fma_float(gamma[u], value, beta[u]);
    }
  }
}

void layer_norm_forward(std::size_t rows, std::size_t units, const float* x, const float* gamma,
                        const float* beta, float* normalized, float* inverse_deviation, float* y) {
  // Rows of a block are read three times: long ones are worked on in smaller blocks that stay in the cache.
  const std::size_t block = units <= 256 ? row_block : 4;
  for (std::size_t first = 0; first < rows; first += block) {
    const std::size_t some = rows - first < block ? rows - first : block;
    const std::size_t at = first * units;
    const auto one = units < 16 ? layer_norm_narrow : layer_norm_wide;
    one(some, units, x + at, gamma, beta, normalized + at, inverse_deviation + first, y + at);
  }
}

// Adds rows to the chains of `width` columns.
inline void add_columns(std::size_t rows, std::size_t width, std::size_t stride, const float* gradient,
                        const float* normalized, double* sum_d, double* sum_dn) {
  for (std::size_t r = 0; r < rows; ++r) {
    const float* g = gradient + r * stride;
    const float* h = normalized + r * stride;
    for (std::size_t u = 0; u < width; ++u) {
      const double d = static_cast<double>(g[u]);
      sum_d[u] = sum_d[u] + d;
      sum_dn[u] = sum_dn[u] + d * static_cast<double>(h[u]);
    }
  }
}

// The same for fewer than 16 columns of all of a matrix: 16 are added up, those of the next row among them,
// while there is a next row.
inline void add_narrow_columns(std::size_t rows, std::size_t units, const float* gradient,
                               const float* normalized, double* sum_d, double* sum_dn) {
  double d_lanes[16] = {};
  double dn_lanes[16] = {};
  const std::size_t size = rows * units;
  std::size_t at = 0;
  for (; at + 16 <= size; at += units) {
    for (std::size_t l = 0; l < 16; ++l) {
      const double d = static_cast<double>(gradient[at + l]);
      d_lanes[l] = d_lanes[l] + d;
      dn_lanes[l] = dn_lanes[l] + d * static_cast<double>(normalized[at + l]);
    }
  }
  for (std::size_t u = 0; u < units; ++u) {
    sum_d[u] = d_lanes[u];
    sum_dn[u] = dn_lanes[u];
  }
  add_columns((size - at) / units, units, units, gradient + at, normalized + at, sum_d, sum_dn);
}

inline void layer_norm_back_narrow(std::size_t rows, std::size_t units, const float* normalized,
                                   const float* inverse_deviation, const float* gamma, float* gradient) {
  const double n = static_cast<double>(units);
  float g[16][row_block];
  float h[16][row_block];
  double scaled[16][row_block];
  double lanes[16][row_block];
  turn_rows(rows, units, gradient, g);
  turn_rows(rows, units, normalized, h);
  double mean[row_block];
  double along[row_block];
  double inverse[row_block] = {};
  for (std::size_t r = 0; r < rows; ++r) inverse[r] = static_cast<double>(inverse_deviation[r]);
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) {
      scaled[u][r] = static_cast<double>(g[u][r]) * static_cast<double>(gamma[u]);
      lanes[u][r] = 0.0 + scaled[u][r];
    }
  }
  tree_of_rows(units, lanes);
  for (std::size_t r = 0; r < row_block; ++r) mean[r] = lanes[0][r] / n;
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) {
      lanes[u][r] = 0.0 + scaled[u][r] * static_cast<double>(h[u][r]);
    }
  }
  tree_of_rows(units, lanes);
  for (std::size_t r = 0; r < row_block; ++r) along[r] = lanes[0][r] / n;
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) {
      const double centred = scaled[u][r] - mean[r];
      g[u][r] = static_cast<float>((centred - static_cast<double>(h[u][r]) * along[r]) * inverse[r]);
    }
  }
  turn_back(rows, units, g, gradient);
}

// The tree of q · h, q being the gradient by `normalized`; without Along that of q.
template <bool Along>
inline double row_projection(std::size_t units, const float* g, const float* h, const float* gamma) {
  double lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= units; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) {
      const double q = static_cast<double>(g[i + l]) * static_cast<double>(gamma[i + l]);
      lanes[l] = lanes[l] + (Along ? q * static_cast<double>(h[i + l]) : q);
    }
  }
  for (std::size_t l = 0; i < units; ++i, ++l) {
    const double q = static_cast<double>(g[i]) * static_cast<double>(gamma[i]);
    lanes[l] = lanes[l] + (Along ? q * static_cast<double>(h[i]) : q);
  }
  return tree(lanes);
}

inline void layer_norm_back_wide(std::size_t rows, std::size_t units, const float* normalized,
                                 const float* inverse_deviation, const float* gamma, float* gradient) {
  const double n = static_cast<double>(units);
  double mean[row_block] = {};
  double along[row_block] = {};
  for (std::size_t r = 0; r < rows; ++r) {
    const float* g = gradient + r * units;
    const float* h = normalized + r * units;
    mean[r] = row_projection<false>(units, g, h, gamma);
    along[r] = row_projection<true>(units, g, h, gamma);
  }
  for (std::size_t r = 0; r < row_block; ++r) {
    mean[r] = mean[r] / n;
    along[r] = along[r] / n;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* g = gradient + r * units;
    const float* h = normalized + r * units;
    const double m = mean[r];
    const double a = along[r];
    const double inverse = static_cast<double>(inverse_deviation[r]);
    for (std::size_t u = 0; u < units; ++u) {
      const double centred = static_cast<double>(g[u]) * static_cast<double>(gamma[u]) - m;
      g[u] = static_cast<float>((centred - static_cast<double>(h[u]) * a) * inverse);
    }
  }
}

void layer_norm_backward_columns(std::size_t rows, std::size_t units, std::size_t stride,
                                 const float* normalized, const float* gradient, float* d_gamma,
                                 float* d_beta) {
  for (std::size_t first = 0; first < units; first += column_block) {
    const std::size_t width = units - first < column_block ? units - first : column_block;
    double sum_d[column_block] = {};
    double sum_dn[column_block] = {};
    if (stride < 16) {
      add_narrow_columns(rows, units, gradient, normalized, sum_d, sum_dn);
    } else {
      add_columns(rows, width, stride, gradient + first, normalized + first, sum_d, sum_dn);
    }
    for (std::size_t u = 0; u < width; ++u) {
      d_beta[first + u] = static_cast<float>(sum_d[u]);
      d_gamma[first + u] = static_cast<float>(sum_dn[u]);
    }
  }
}

void layer_norm_backward_rows(std::size_t rows, std::size_t units, const float* normalized,
                              const float* inverse_deviation, const float* gamma, float* gradient) {
  const std::size_t block = units <= 256 ? row_block : 4;
  for (std::size_t first = 0; first < rows; first += block) {
    const std::size_t some = rows - first < block ? rows - first : block;
    const std::size_t at = first * units;
    const auto one = units < 16 ? layer_norm_back_narrow : layer_norm_back_wide;
    one(some, units, normalized + at, inverse_deviation + first, gamma, gradient + at);
  }
}

void layer_norm_backward(std::size_t rows, std::size_t units, const float* normalized,
                         const float* inverse_deviation, const float* gamma, float* gradient, float* d_gamma,
                         float* d_beta) {
  layer_norm_backward_columns(rows, units, units, normalized, gradient, d_gamma, d_beta);
  layer_norm_backward_rows(rows, units, normalized, inverse_deviation, gamma, gradient);
}
