// Included inside a target's namespace: the matrix products. All three are chains of fma that end in a block
// of outputs kept in registers: y[i][j] = chain over k of a(i, k) · b[k][j], j running along the registers.

// A product's left factor: a(i, k) = data[i · row + k · step]. The transposed one of the weights' gradient
// has row 1.
struct Left {
  const float* data;
  std::size_t row;
  std::size_t step;
};

constexpr std::size_t tile_units = 2 * Lanes::width;

// Rows × 2 registers of outputs; `more` continues the chains that stand in y.
template <std::size_t Rows>
void tile(Left a, const float* b, std::size_t b_stride, std::size_t count, float* y, std::size_t y_stride,
          bool more) {
  Lanes acc[Rows][2];
  for (std::size_t i = 0; i < Rows; ++i) {
    acc[i][0] = more ? Lanes::load(y + i * y_stride) : Lanes::zero();
    acc[i][1] = more ? Lanes::load(y + i * y_stride + Lanes::width) : Lanes::zero();
  }
  for (std::size_t k = 0; k < count; ++k) {
    const Lanes b0 = Lanes::load(b + k * b_stride);
    const Lanes b1 = Lanes::load(b + k * b_stride + Lanes::width);
    for (std::size_t i = 0; i < Rows; ++i) {
      const Lanes left = Lanes::all(a.data[i * a.row + k * a.step]);
      acc[i][0] = fma_lanes(left, b0, acc[i][0]);
      acc[i][1] = fma_lanes(left, b1, acc[i][1]);
    }
  }
  for (std::size_t i = 0; i < Rows; ++i) {
    acc[i][0].store(y + i * y_stride);
    acc[i][1].store(y + i * y_stride + Lanes::width);
  }
}

// All rows of tile_units columns.
void columns(Left a, const float* b, std::size_t b_stride, std::size_t rows, std::size_t count, float* y,
             std::size_t y_stride, bool more) {
  std::size_t i = 0;
  for (; i + tile_rows <= rows; i += tile_rows) {
    tile<tile_rows>({a.data + i * a.row, a.row, a.step}, b, b_stride, count, y + i * y_stride, y_stride,
                    more);
  }
  for (; i + 2 <= rows; i += 2) {
    tile<2>({a.data + i * a.row, a.row, a.step}, b, b_stride, count, y + i * y_stride, y_stride, more);
  }
  if (i < rows) {
    tile<1>({a.data + i * a.row, a.row, a.step}, b, b_stride, count, y + i * y_stride, y_stride, more);
  }
}

// Fewer columns than a tile has: b and y are padded on the stack. The outputs of the padding are thrown away.
void last_columns(Left a, const float* b, std::size_t b_stride, std::size_t rows, std::size_t count,
                  std::size_t width, float* y, std::size_t y_stride, bool more) {
  constexpr std::size_t chunk = 64;
  float padded[chunk * tile_units];
  float out[tile_rows * tile_units];
  for (std::size_t first = 0; first == 0 || first < count; first += chunk) {
    const std::size_t size = count - first < chunk ? count - first : chunk;
    for (std::size_t k = 0; k < size; ++k) {
      for (std::size_t j = 0; j < tile_units; ++j) {
        padded[k * tile_units + j] = j < width ? b[(first + k) * b_stride + j] : 0.0F;
      }
    }
    for (std::size_t i = 0; i < rows; i += tile_rows) {
      const std::size_t height = rows - i < tile_rows ? rows - i : tile_rows;
      for (std::size_t r = 0; r < height; ++r) {
        for (std::size_t j = 0; j < tile_units; ++j) {
          out[r * tile_units + j] = j < width ? y[(i + r) * y_stride + j] : 0.0F;
        }
      }
      columns({a.data + i * a.row + first * a.step, a.row, a.step}, padded, tile_units, height, size, out,
              tile_units, more || first > 0);
      for (std::size_t r = 0; r < height; ++r) {
        for (std::size_t j = 0; j < width; ++j) y[(i + r) * y_stride + j] = out[r * tile_units + j];
      }
    }
  }
}

void product(Left a, const float* b, std::size_t rows, std::size_t count, std::size_t units, float* y) {
  std::size_t u = 0;
  for (; u + tile_units <= units; u += tile_units) columns(a, b + u, units, rows, count, y + u, units, false);
  if (u < units) last_columns(a, b + u, units, rows, count, units - u, y + u, units, false);
}

void dense_forward(std::size_t rows, std::size_t inputs, std::size_t units, const float* x,
                   const float* weights, const float* bias, float* y) {
  product({x, inputs, 1}, weights, rows, inputs, units, y);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t u = 0; u < units; ++u) y[r * units + u] = y[r * units + u] + bias[u];
  }
}

void dense_gradient_weights(std::size_t rows, std::size_t inputs, std::size_t units, const float* x,
                            const float* dy, float* d_weights, float* d_bias) {
  product({x, 1, inputs}, dy, inputs, rows, units, d_weights);
  for (std::size_t u = 0; u < units; ++u) d_bias[u] = 0.0F;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t u = 0; u < units; ++u) d_bias[u] = d_bias[u] + dy[r * units + u];
  }
}

// Here the weights are read along their columns, so a strip of them is turned round on the stack first; a
// chain goes on from strip to strip.
void dense_gradient_inputs(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                           const float* weights, float* dx) {
  constexpr std::size_t chunk = 128;
  float turned[chunk * tile_units];
  for (std::size_t k = 0; k < inputs; k += tile_units) {
    const std::size_t width = inputs - k < tile_units ? inputs - k : tile_units;
    for (std::size_t first = 0; first == 0 || first < units; first += chunk) {
      const std::size_t size = units - first < chunk ? units - first : chunk;
      for (std::size_t j = 0; j < tile_units; ++j) {
        for (std::size_t u = 0; u < size; ++u) {
          turned[u * tile_units + j] = j < width ? weights[(k + j) * units + first + u] : 0.0F;
        }
      }
      const Left left = {dy + first, units, 1};
      if (width == tile_units) {
        columns(left, turned, tile_units, rows, size, dx + k, inputs, first > 0);
      } else {
        last_columns(left, turned, tile_units, rows, size, width, dx + k, inputs, first > 0);
      }
    }
  }
}
