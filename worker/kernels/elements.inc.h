// Included inside a target's namespace: what is computed element by element, column by column, or reduced.

void exp(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = exp_float(x[i]);
}

void log(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = log_float(x[i]);
}

void log1p(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = log1p_float(x[i]);
}

void erf(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = erf_float(x[i]);
}

void fma(std::size_t count, const float* a, const float* b, const float* c, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = fma_float(a[i], b[i], c[i]);
}

void relu(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = x[i] > 0.0F ? x[i] : 0.0F;
}

void relu_backward(std::size_t count, const float* x, float* gradient) {
  for (std::size_t i = 0; i < count; ++i) gradient[i] = x[i] > 0.0F ? gradient[i] : 0.0F;
}

void tanh(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = tanh_float(x[i]);
}

void tanh_backward(std::size_t count, const float* x, float* gradient) {
  for (std::size_t i = 0; i < count; ++i) {
    const float t = tanh_float(x[i]);
    gradient[i] = gradient[i] * fma_float(-t, t, 1.0F);
  }
}

inline float sigmoid_of(float x) {
  const float e = exp_float(x < 0.0F ? x : -x);
  return (x < 0.0F ? e : 1.0F) / (1.0F + e);
}

void sigmoid(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = sigmoid_of(x[i]);
}

void sigmoid_backward(std::size_t count, const float* x, float* gradient) {
  for (std::size_t i = 0; i < count; ++i) {
    const float s = sigmoid_of(x[i]);
    gradient[i] = gradient[i] * (s * (1.0F - s));
  }
}

constexpr float root_half = 0x1.6a09e6p-1F;       // √½ rounded
constexpr float normal_density = 0x1.988454p-2F;  // 1 / √(2π) rounded

void gelu(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = (0.5F * x[i]) * (1.0F + erf_float(x[i] * root_half));
}

void gelu_backward(std::size_t count, const float* x, float* gradient) {
  for (std::size_t i = 0; i < count; ++i) {
    const float below = 0.5F * (1.0F + erf_float(x[i] * root_half));
    const float density = exp_float(-0.5F * (x[i] * x[i])) * normal_density;
    gradient[i] = gradient[i] * fma_float(x[i], density, below);
  }
}

// The one tree: 16 lanes to one value.
inline double tree(double* lanes) {
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lanes[l] = lanes[l] + lanes[l + half];
  }
  return lanes[0];
}

double sum(std::size_t count, const float* x) {
  double lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) lanes[l] = lanes[l] + static_cast<double>(x[i + l]);
  }
  for (std::size_t l = 0; i < count; ++i, ++l) lanes[l] = lanes[l] + static_cast<double>(x[i]);
  return tree(lanes);
}

// The products of two floats are exact in double.
double dot(std::size_t count, const float* x, const float* y) {
  double lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) {
      lanes[l] = lanes[l] + static_cast<double>(x[i + l]) * static_cast<double>(y[i + l]);
    }
  }
  for (std::size_t l = 0; i < count; ++i, ++l) {
    lanes[l] = lanes[l] + static_cast<double>(x[i]) * static_cast<double>(y[i]);
  }
  return tree(lanes);
}

void axpy(std::size_t count, float a, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = fma_float(a, x[i], y[i]);
}

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
