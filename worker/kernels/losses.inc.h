// Included inside a target's namespace: losses with their gradients.

// By 16 lanes: the sign of a zero may be another one than in a chain, which no result shows.
inline float largest(std::size_t count, const float* x) {
  float lanes[16];
  for (std::size_t l = 0; l < 16; ++l) lanes[l] = x[0];
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (std::size_t l = 0; l < 16; ++l) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
  }
  for (std::size_t l = 0; i < count; ++i, ++l) lanes[l] = x[i] > lanes[l] ? x[i] : lanes[l];
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lanes[l] = lanes[l + half] > lanes[l] ? lanes[l + half] : lanes[l];
  }
  return lanes[0];
}

// values[u][r], of fewer than 16 units, become exp(z - largest); `largest_of` and `total` have 16 values.
inline void narrow_exponentials(std::size_t units, float (&values)[16][row_block], float* largest_of,
                                float* total) {
  for (std::size_t r = 0; r < row_block; ++r) largest_of[r] = values[0][r];
  for (std::size_t u = 1; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) {
      largest_of[r] = values[u][r] > largest_of[r] ? values[u][r] : largest_of[r];
    }
  }
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) values[u][r] = values[u][r] - largest_of[r];
  }
  exponentials_of(units * row_block, values[0], values[0]);
  double lanes[16][row_block];
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t r = 0; r < row_block; ++r) lanes[u][r] = static_cast<double>(values[u][r]);
  }
  tree_of_rows(units, lanes);
  for (std::size_t r = 0; r < row_block; ++r) total[r] = static_cast<float>(lanes[0][r]);
}

#if defined(__AVX512F__)
// Row by row in each of the steps, so that one's end and the next one's begin overlap.
inline void wide_exponentials(std::size_t rows, std::size_t units, const float* z, float* p,
                              float* largest_of, float* total, float* least) {
  for (std::size_t r = 0; r < rows; ++r) largest_of[r] = largest_of_row(units, z + r * units);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = z + r * units;
    const RowOfExponentials of_row =
        p == nullptr ? exponentials_of_row<false>(units, row, largest_of[r], nullptr, rows * units)
                     : exponentials_of_row<true>(units, row, largest_of[r], p + r * units, rows * units);
    total[r] = of_row.total;
    least[r] = of_row.least;
  }
}
#else
inline void wide_exponentials(std::size_t rows, std::size_t units, const float* z, float* p,
                              float* largest_of, float* total, float*) {
  for (std::size_t r = 0; r < rows; ++r) largest_of[r] = largest(units, z + r * units);
  if (p != nullptr) {
    for (std::size_t r = 0; r < rows; ++r) {
      const float m = largest_of[r];
      for (std::size_t u = 0; u < units; ++u) p[r * units + u] = z[r * units + u] - m;
    }
    // In one go, which begins with loading the coefficients.
    exponentials_of(rows * units, p, p);
    for (std::size_t r = 0; r < rows; ++r) total[r] = static_cast<float>(sum(units, p + r * units));
    return;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = z + r * units;
    const float m = largest_of[r];
    double lanes[16] = {};
    float e[128];
    for (std::size_t first = 0; first < units; first += 128) {
      const std::size_t width = units - first < 128 ? units - first : 128;
      for (std::size_t i = 0; i < width; ++i) e[i] = row[first + i] - m;
      exponentials_of(width, e, e);
      std::size_t i = 0;
      for (; i + 16 <= width; i += 16) {
        for (std::size_t l = 0; l < 16; ++l) lanes[l] = lanes[l] + static_cast<double>(e[i + l]);
      }
      for (std::size_t l = 0; i < width; ++i, ++l) lanes[l] = lanes[l] + static_cast<double>(e[i]);
    }
    total[r] = static_cast<float>(tree(lanes));
  }
}

inline void divide_row(std::size_t units, float total, float, float* p) {
  for (std::size_t u = 0; u < units; ++u) p[u] = p[u] / total;
}
#endif

// Of up to 16 rows: p becomes exp(z - largest), where p is not null (z may be p). `largest_of`, `total` and
// `least` have 16 values; `least` is for divide_row.
inline void exponentials(std::size_t rows, std::size_t units, const float* z, float* p, float* largest_of,
                         float* total, float* least) {
  if (units < 16) {
    float values[16][row_block];
    turn_rows(rows, units, z, values);
    narrow_exponentials(units, values, largest_of, total);
    if (p != nullptr) turn_back(rows, units, values, p);
    for (std::size_t r = 0; r < row_block; ++r) least[r] = -105.0F;
    return;
  }
  wide_exponentials(rows, units, z, p, largest_of, total, least);
}

// Calls f(first row, rows) for blocks of up to 16 rows that stay in the cache.
template <typename Function>
inline void for_blocks(std::size_t rows, std::size_t units, Function f) {
  const std::size_t block = units <= 256 ? row_block : 4;
  for (std::size_t first = 0; first < rows; first += block) {
    f(first, rows - first < block ? rows - first : block);
  }
}

void softmax(std::size_t rows, std::size_t units, const float* logits, float* probabilities) {
  for_blocks(rows, units, [=](std::size_t first, std::size_t some) {
    float m[row_block];
    float total[row_block];
    float least[row_block];
    float* p = probabilities + first * units;
    exponentials(some, units, logits + first * units, p, m, total, least);
    for (std::size_t r = 0; r < some; ++r) divide_row(units, total[r], least[r], p + r * units);
  });
}

void log_softmax(std::size_t rows, std::size_t units, const float* logits, float* logarithms) {
  for_blocks(rows, units, [=](std::size_t first, std::size_t some) {
    float m[row_block] = {};
    float total[row_block] = {};
    float least[row_block];
    const float* z = logits + first * units;
    float* y = logarithms + first * units;
    exponentials(some, units, z, nullptr, m, total, least);
    for (std::size_t r = 0; r < row_block; ++r) total[r] = log_float(total[r]);
    for (std::size_t r = 0; r < some; ++r) {
      const float largest_of_row = m[r];
      const float log_total = total[r];
      for (std::size_t u = 0; u < units; ++u)
        y[r * units + u] = (z[r * units + u] - largest_of_row) - log_total;
    }
  });
}

// Adds the losses of rows to 16 lanes, row r to lane r mod 16.
float softmax_cross_entropy(std::size_t rows, std::size_t units, const float* logits,
                            const std::uint32_t* classes, float* gradient) {
  double lanes[16] = {};
  const float n = static_cast<float>(rows);
  for_blocks(rows, units, [&](std::size_t first, std::size_t some) {
    float m[row_block] = {};
    float total[row_block] = {};
    float least[row_block];
    float log_total[row_block];
    const float* z = logits + first * units;
    float* p = gradient == nullptr ? nullptr : gradient + first * units;
    exponentials(some, units, z, p, m, total, least);
    for (std::size_t r = 0; r < row_block; ++r) log_total[r] = log_float(total[r]);
    for (std::size_t r = 0; r < some; ++r) {
      const std::size_t c = classes[first + r];
      const float loss = log_total[r] - (z[r * units + c] - m[r]);
      lanes[(first + r) % 16] = lanes[(first + r) % 16] + static_cast<double>(loss);
      if (p == nullptr) continue;
      float* row = p + r * units;
      const float s = total[r];
      const float of_class = (row[c] / s - 1.0F) / n;
      for (std::size_t u = 0; u < units; ++u) row[u] = (row[u] / s - 0.0F) / n;
      row[c] = of_class;
    }
  });
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
