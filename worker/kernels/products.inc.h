// Included inside a target's namespace: the matrix products of a dense layer, as blocks of tiles.

// Sizes of blocks, for speed alone: the accumulators' bits survive being stored and read again.
constexpr std::size_t panel_units = tile_vectors * Lanes::width;
constexpr std::size_t block_steps = 512;  // of a chain
// Times block_steps: what a second-level cache holds of the left factor.
constexpr std::size_t block_rows = 192;
// A right factor is read again for every tile of a panel. It is copied together first where its rows are so
// far apart that they fight for the same lines of the cache, and the tiles many.
constexpr std::size_t copies_from_units = 1024;
constexpr std::size_t copies_from_rows = 96;
// For the gradient by the inputs: rows of dy for which a block of weights is turned round once; most units
// for which dy is turned instead, so many rows at a time; inputs whose gradient is turned back together.
constexpr std::size_t upright_rows = 384;
constexpr std::size_t turned_units = 1024;
constexpr std::size_t turned_rows = 2 * Lanes::width;
constexpr std::size_t strip_inputs = 96;

constexpr std::size_t whole_registers(std::size_t width) {
  return (width + Lanes::width - 1) / Lanes::width * Lanes::width;
}

// rows × (at most panel_units) outputs: tiles of about the same height. With `keep` the first tile copies the
// right factor there, for the others.
template <Order order>
void panel(const Left& a, const Right& b, std::size_t rows, std::size_t count, std::size_t width,
           const Outputs& y) {
  const std::size_t vectors = whole_registers(width) / Lanes::width;
  const std::size_t parts = (rows + rows_of(vectors) - 1) / rows_of(vectors);
  Right right = b;
  std::size_t i = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t height = (rows - i) / (parts - part);
    Outputs out = y;
    out.data += i * y.stride;
    const Left left = a.at(i, 0);
    if (part == 0 && b.keep != nullptr) {
      tiles<order, true>.of[vectors - 1][height - 1](left, right, count, out);
      right.data = b.keep;
      right.stride = vectors * Lanes::width;
    } else {
      tiles<order, false>.of[vectors - 1][height - 1](left, right, count, out);
    }
    i += height;
  }
}

// Copies steps × width floats into rows of whole registers. What is in the padding reaches no output.
Right padded(const float* b, std::size_t stride, std::size_t steps, std::size_t width, float* to) {
  const std::size_t vectors = whole_registers(width) / Lanes::width;
  const std::size_t last = width - (vectors - 1) * Lanes::width;
  for (std::size_t k = 0; k < steps; ++k) {
    const float* from = b + k * stride;
    float* out = to + k * vectors * Lanes::width;
    for (std::size_t v = 0; v + 1 < vectors; ++v) {
      Lanes::load(from).store(out);
      from += Lanes::width;
      out += Lanes::width;
    }
    Lanes::load_first(from, last).store(out);
  }
  return {to, vectors * Lanes::width, nullptr};
}

// Of so many whole registers side by side, whose chains hide each other's latency.
template <std::size_t Vectors>
void column_sums_of(const float* from, std::size_t stride, std::size_t rows, bool more, float* sums) {
  Lanes acc[Vectors];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < Vectors; ++v) {
    acc[v] = more ? Lanes::load(sums + v * Lanes::width) : Lanes::zero();
  }
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) {
      acc[v] = add_lanes(acc[v], Lanes::load(from + v * Lanes::width));
    }
    from += stride;
  }
#pragma GCC unroll 16
  for (std::size_t v = 0; v < Vectors; ++v) acc[v].store(sums + v * Lanes::width);
}

// Chains of additions down each of `width` columns; `more` goes on with those that stand in sums.
void column_sums(const float* from, std::size_t stride, std::size_t rows, std::size_t width, bool more,
                 float* sums) {
  std::size_t u = 0;
  for (; u + 4 * Lanes::width <= width; u += 4 * Lanes::width) {
    column_sums_of<4>(from + u, stride, rows, more, sums + u);
  }
  if (u + 2 * Lanes::width <= width) {
    column_sums_of<2>(from + u, stride, rows, more, sums + u);
    u += 2 * Lanes::width;
  }
  for (; u < width; u += Lanes::width) {
    const std::size_t last = width - u < Lanes::width ? width - u : Lanes::width;
    Lanes acc = more ? Lanes::load_first(sums + u, last) : Lanes::zero();
    for (std::size_t r = 0; r < rows; ++r)
      acc = add_lanes(acc, Lanes::load_first(from + r * stride + u, last));
    acc.store_first(sums + u, last);
  }
}

// y = a · b, and the bias where there is one. b is count × units, y rows × units. The sums of b's columns,
// where they are wanted, are taken while a panel is on its way into the cache.
template <Order order>
void product(const Left& a, const float* b, std::size_t rows, std::size_t count, std::size_t units,
             const float* bias, float* sums, float* y) {
  alignas(64) float buffer[block_steps * panel_units];
  for (std::size_t r = 0; r < rows; r += block_rows) {
    const std::size_t high = rows - r < block_rows ? rows - r : block_rows;
    const bool copies = units >= copies_from_units && high >= copies_from_rows;
    for (std::size_t k = 0; k == 0 || k < count; k += block_steps) {
      const std::size_t steps = count - k < block_steps ? count - k : block_steps;
      const bool ends = k + steps == count;
      for (std::size_t u = 0; u < units; u += panel_units) {
        const std::size_t width = units - u < panel_units ? units - u : panel_units;
        const std::size_t last = (width - 1) % Lanes::width + 1;
        const float* from = b + k * units + u;
        if (sums != nullptr && r == 0) column_sums(from, units, steps, width, k > 0, sums + u);
        const Right right = last == Lanes::width ? Right{from, units, copies ? buffer : nullptr}
                                                 : padded(from, units, steps, width, buffer);
        panel<order>(a.at(r, k), right, high, steps, width,
                     {y + r * units + u, units, last, k > 0, ends && bias != nullptr ? bias + u : nullptr});
      }
    }
  }
}

void dense_forward(std::size_t rows, std::size_t inputs, std::size_t units, const float* x,
                   const float* weights, const float* bias, float* y) {
  product<Order::rows>({x, inputs, 1}, weights, rows, inputs, units, bias, nullptr, y);
}

void dense_gradient_weights(std::size_t rows, std::size_t inputs, std::size_t units, const float* x,
                            const float* dy, float* d_weights, float* d_bias) {
  product<Order::steps>({x, 1, inputs}, dy, inputs, rows, units, nullptr, d_bias, d_weights);
  if (inputs == 0) column_sums(dy, units, rows, units, false, d_bias);
}

void dense_gradient_weights_part(std::size_t rows, std::size_t inputs, std::size_t all_inputs,
                                 std::size_t units, const float* x, const float* dy, float* d_weights,
                                 float* d_bias) {
  product<Order::steps>({x, 1, all_inputs}, dy, inputs, rows, units, nullptr, d_bias, d_weights);
}

// dxᵀ = W · dyᵀ, so that the large factor is read as it lies: the rows of dy, a panel at a time, and the
// outputs are turned round instead. For at most turned_units units.
void gradient_inputs_sideways(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                              const float* weights, float* dx) {
  alignas(64) float turned[turned_units * turned_rows];
  alignas(64) float out[strip_inputs * turned_rows];
  for (std::size_t r = 0; r < rows; r += turned_rows) {
    const std::size_t width = rows - r < turned_rows ? rows - r : turned_rows;
    const std::size_t stride = whole_registers(width);
    turn_all<true>(dy + r * units, units, width, units, turned, stride);
    for (std::size_t k = 0; k < inputs; k += strip_inputs) {
      const std::size_t count = inputs - k < strip_inputs ? inputs - k : strip_inputs;
      panel<Order::rows>({weights + k * units, units, 1}, {turned, stride, nullptr}, count, units, width,
                         {out, stride, Lanes::width, false, nullptr});
      turn_all<false>(out, stride, count, width, dx + r * inputs + k, inputs);
    }
  }
}

// The weights are turned round, a block at a time; a chain goes on from block to block.
void gradient_inputs_upright(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                             const float* weights, float* dx) {
  alignas(64) float turned[block_steps * panel_units];
  for (std::size_t r = 0; r < rows; r += upright_rows) {
    const std::size_t high = rows - r < upright_rows ? rows - r : upright_rows;
    for (std::size_t u = 0; u == 0 || u < units; u += block_steps) {
      const std::size_t count = units - u < block_steps ? units - u : block_steps;
      for (std::size_t k = 0; k < inputs; k += panel_units) {
        const std::size_t width = inputs - k < panel_units ? inputs - k : panel_units;
        const std::size_t last = (width - 1) % Lanes::width + 1;
        const std::size_t stride = whole_registers(width);
        turn_all<true>(weights + k * units + u, units, width, count, turned, stride);
        panel<Order::rows>({dy + r * units + u, units, 1}, {turned, stride, nullptr}, high, count, width,
                           {dx + r * inputs + k, inputs, last, u > 0, nullptr});
      }
    }
  }
}

void dense_gradient_inputs(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                           const float* weights, float* dx) {
  // By which has less to turn round.
  if (units <= turned_units && rows * (inputs + units) < inputs * units) {
    gradient_inputs_sideways(rows, inputs, units, dy, weights, dx);
  } else {
    gradient_inputs_upright(rows, inputs, units, dy, weights, dx);
  }
}
