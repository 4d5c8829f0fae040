// Included inside a target's namespace: losses with their gradients, and the optimisers' steps.

inline float largest(std::size_t count, const float* x) {
  float m = x[0];
  for (std::size_t i = 1; i < count; ++i) m = x[i] > m ? x[i] : m;
  return m;
}

// p becomes exp(z - m); gives their sum. z may be p.
inline float exponentials(std::size_t count, const float* z, float m, float* p) {
  for (std::size_t i = 0; i < count; ++i) p[i] = exp_float(z[i] - m);
  return static_cast<float>(sum(count, p));
}

void softmax(std::size_t rows, std::size_t units, const float* logits, float* probabilities) {
  for (std::size_t r = 0; r < rows; ++r) {
    const float* z = logits + r * units;
    float* p = probabilities + r * units;
    const float total = exponentials(units, z, largest(units, z), p);
    for (std::size_t u = 0; u < units; ++u) p[u] = p[u] / total;
  }
}

// The row's exponentials and their sum when there is no room for all of them.
inline float sum_of_exponentials(std::size_t count, const float* z, float m) {
  double lanes[16] = {};
  for (std::size_t i = 0; i < count; ++i) {
    lanes[i % 16] = lanes[i % 16] + static_cast<double>(exp_float(z[i] - m));
  }
  return static_cast<float>(tree(lanes));
}

void log_softmax(std::size_t rows, std::size_t units, const float* logits, float* logarithms) {
  for (std::size_t r = 0; r < rows; ++r) {
    const float* z = logits + r * units;
    const float m = largest(units, z);
    const float log_total = log_float(sum_of_exponentials(units, z, m));
    for (std::size_t u = 0; u < units; ++u) logarithms[r * units + u] = (z[u] - m) - log_total;
  }
}

// Adds the losses of rows to 16 lanes, row r to lane r mod 16.
float softmax_cross_entropy(std::size_t rows, std::size_t units, const float* logits,
                            const std::uint32_t* classes, float* gradient) {
  double lanes[16] = {};
  const float n = static_cast<float>(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* z = logits + r * units;
    const float m = largest(units, z);
    float* p = gradient == nullptr ? nullptr : gradient + r * units;
    const float total = p == nullptr ? sum_of_exponentials(units, z, m) : exponentials(units, z, m, p);
    const float loss = log_float(total) - (z[classes[r]] - m);
    lanes[r % 16] = lanes[r % 16] + static_cast<double>(loss);
    if (p == nullptr) continue;
    for (std::size_t u = 0; u < units; ++u) {
      p[u] = (p[u] / total - (u == classes[r] ? 1.0F : 0.0F)) / n;
    }
  }
  return static_cast<float>(tree(lanes) / static_cast<double>(rows));
}

float binary_cross_entropy(std::size_t rows, const float* logits, const std::uint32_t* classes,
                           float* gradient) {
  double lanes[16] = {};
  const float n = static_cast<float>(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    const float z = logits[r];
    const float away = classes[r] == 1 ? -z : z;
    const float e = exp_float(z < 0.0F ? z : -z);
    const float loss = (away > 0.0F ? away : 0.0F) + log1p_float(e);
    lanes[r % 16] = lanes[r % 16] + static_cast<double>(loss);
    if (gradient == nullptr) continue;
    const float p = (z < 0.0F ? e : 1.0F) / (1.0F + e);
    gradient[r] = (p - (classes[r] == 1 ? 1.0F : 0.0F)) / n;
  }
  return static_cast<float>(tree(lanes) / static_cast<double>(rows));
}

float squared_error(std::size_t rows, const float* given, const float* targets, float* gradient) {
  double lanes[16] = {};
  const float n = static_cast<float>(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    const float d = given[r] - targets[r];
    lanes[r % 16] = lanes[r % 16] + static_cast<double>(d) * static_cast<double>(d);
    if (gradient != nullptr) gradient[r] = (2.0F * d) / n;
  }
  return static_cast<float>(tree(lanes) / static_cast<double>(rows));
}

void sgd(std::size_t count, float learning_rate, float momentum_factor, const float* gradient,
         float* velocity, float* weights) {
  for (std::size_t i = 0; i < count; ++i) {
    velocity[i] = fma_float(momentum_factor, velocity[i], gradient[i]);
    weights[i] = fma_float(-learning_rate, velocity[i], weights[i]);
  }
}

void adam(std::size_t count, float learning_rate, float weight_decay, float product1, float product2,
          const float* gradient, float* first_moment, float* second_moment, float* weights) {
  const float alpha = (learning_rate * __builtin_sqrtf(1.0F - product2)) / (1.0F - product1);
  const float decay = learning_rate * weight_decay;
  if (weight_decay > 0.0F) {
    for (std::size_t i = 0; i < count; ++i) weights[i] = fma_float(-decay, weights[i], weights[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    const float m = fma_float(1.0F - beta1, g - first_moment[i], first_moment[i]);
    const float v = fma_float(1.0F - beta2, g * g - second_moment[i], second_moment[i]);
    first_moment[i] = m;
    second_moment[i] = v;
    weights[i] = weights[i] - (alpha * m) / (__builtin_sqrtf(v) + adam_epsilon);
  }
}
