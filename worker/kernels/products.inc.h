// Included inside a target's namespace: the matrix products of a dense layer, as blocks of tiles.

// Sizes of blocks, for speed alone: the accumulators' bits survive being stored and read again.
constexpr std::size_t panel_units = tile_vectors * Lanes::width;
// Floats of the right factor that the first-level cache keeps while all rows pass, and so steps of a chain.
constexpr std::size_t block_floats = 8192;
constexpr std::size_t block_steps = block_floats / panel_units < 512 ? block_floats / panel_units : 512;
// Times the outputs of a row: what a second-level cache holds of the outputs.
constexpr std::size_t block_rows = 192;
// A right factor is read again for every tile of a panel. Rows that are further apart than a panel is wide
// are copied together first, where the tiles are many: they would fight for the same lines of the cache.
constexpr std::size_t copies_from_units = 2 * panel_units;
constexpr std::size_t copies_from_rows = 24;
// The same for a left factor whose steps are that far apart, which every panel reads again.
constexpr std::size_t packs_from_step = 1024;
constexpr std::size_t packs_from_units = 4 * panel_units;
constexpr std::size_t packed_tile = rows_of(tile_vectors) * block_steps;
constexpr std::size_t packed_tiles = (block_rows + rows_of(tile_vectors) - 1) / rows_of(tile_vectors);
// A right factor this large does not stay in a second-level cache until it is read again: the tiles that read
// a block's copy fetch the next block meanwhile.
constexpr std::size_t fetched_floats = 262144;
// For the gradient by the weights: when it is taken the other way round.
constexpr std::size_t few_units = Lanes::width;
constexpr std::size_t turned_from_inputs = 256;
constexpr std::size_t turned_from_rows = 32;
// For the gradient by the inputs: rows of dy for which a block of weights is turned round once; most units
// for which dy is turned instead, so many rows at a time; inputs whose gradient is turned back together.
constexpr std::size_t upright_rows = 384;
constexpr std::size_t upright_steps = 512;
constexpr std::size_t turned_units = 1024;
constexpr std::size_t turned_rows = 2 * Lanes::width;
constexpr std::size_t strip_inputs = 96;

constexpr std::size_t whole_registers(std::size_t width) {
  return (width + Lanes::width - 1) / Lanes::width * Lanes::width;
}

template <Order order>
constexpr Tiles<order, Extras{false, false}> plain_tiles;

template <Order order>
Tile next_tile(const Right& b, std::size_t vectors, std::size_t height) {
  if constexpr (order == Order::rows) {
    if (b.fetch != nullptr) return tiles<order, Extras{false, false, true}>.of[vectors - 1][height - 1];
  }
  return plain_tiles<order>.of[vectors - 1][height - 1];
}

template <Order order>
Tile first_tile(const Right& b, std::size_t vectors, std::size_t height) {
  if constexpr (order == Order::steps) {
    if (b.keep != nullptr && b.sums != nullptr)
      return tiles<order, Extras{true, true}>.of[vectors - 1][height - 1];
    if (b.sums != nullptr) return tiles<order, Extras{false, true}>.of[vectors - 1][height - 1];
  }
  if (b.keep != nullptr) return tiles<order, Extras{true, false}>.of[vectors - 1][height - 1];
  return next_tile<order>(b, vectors, height);
}

// rows × (at most panel_units) outputs: tiles of about the same height. With `keep` the first tile copies the
// right factor there, for the others; with `sums` it takes the sums of its columns.
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
    const Left left = a.packed != 0 ? Left{a.data + part * a.packed, 1, height} : a.at(i, 0);
    if (part == 0) {
      first_tile<order>(b, vectors, height)(left, b, count, out);
      if (b.keep != nullptr) right = {b.keep, vectors * Lanes::width, nullptr, nullptr, b.fetch};
    } else {
      next_tile<order>(right, vectors, height)(left, right, count, out);
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

// A left factor whose rows lie side by side, packed tile by tile as `panel` shares the rows out. Whole
// registers are copied: what they have too much is overwritten by the next step or the next tile.
Left packed(const Left& a, std::size_t rows, std::size_t steps, float* to) {
  const std::size_t parts = (rows + rows_of(tile_vectors) - 1) / rows_of(tile_vectors);
  std::size_t i = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t height = (rows - i) / (parts - part);
    const float* from = a.data + i;
    float* out = to + part * packed_tile;
    for (std::size_t k = 0; k < steps; ++k) {
      for (std::size_t j = 0; j < height; j += Lanes::width) {
        const std::size_t there = rows - i - j;
        (there >= Lanes::width ? Lanes::load(from + j) : Lanes::load_first(from + j, there)).store(out + j);
      }
      from += a.step;
      out += height;
    }
    i += height;
  }
  return {to, 1, 1, packed_tile};
}

// y = a · b, and the bias where there is one, or, with `more`, its chains go on. b is count × units, y rows ×
// units. The sums of b's columns, where they are wanted, are taken by the first tiles, which have every row
// of b in registers.
template <Order order>
void product(const Left& a, const float* b, std::size_t rows, std::size_t count, std::size_t units,
             const float* bias, float* sums, float* y, bool more = false) {
  alignas(64) float buffer[block_steps * panel_units];
  alignas(64) float left_buffer[order == Order::steps ? packed_tiles * packed_tile + Lanes::width : 1];
  const bool packs = order == Order::steps && a.step >= packs_from_step && units >= packs_from_units;
  for (std::size_t r = 0; r < rows; r += block_rows) {
    const std::size_t high = rows - r < block_rows ? rows - r : block_rows;
    const bool copies = units >= copies_from_units && high >= copies_from_rows;
    for (std::size_t k = 0; k == 0 || k < count; k += block_steps) {
      const std::size_t steps = count - k < block_steps ? count - k : block_steps;
      const bool ends = k + steps == count;
      const Left unpacked = a.at(r, k);
      const Left left = packs ? packed(unpacked, high, steps, left_buffer) : unpacked;
      const bool fetches = order == Order::rows && count * units >= fetched_floats && k + steps < count;
      const float* next = b + (k + steps) * units;
      const float* const all_fetched = next + steps * units;
      for (std::size_t u = 0; u < units; u += panel_units) {
        const std::size_t width = units - u < panel_units ? units - u : panel_units;
        const std::size_t last = (width - 1) % Lanes::width + 1;
        const float* from = b + k * units + u;
        Right right = last == Lanes::width ? Right{from, units, copies ? buffer : nullptr}
                                           : padded(from, units, steps, width, buffer);
        if (fetches && next < all_fetched) right.fetch = &next;
        right.sums = sums != nullptr && r == 0 ? sums + u : nullptr;
        // A narrower panel has taller tiles.
        panel<order>(
            width == panel_units ? left : unpacked, right, high, steps, width,
            {y + r * units + u, units, last, more || k > 0, ends && bias != nullptr ? bias + u : nullptr});
      }
    }
  }
}

void dense_forward(std::size_t rows, std::size_t inputs, std::size_t units, const float* x,
                   const float* weights, const float* bias, float* y) {
  product<Order::rows>({x, inputs, 1}, weights, rows, inputs, units, bias, nullptr, y);
}

// d_weightsᵀ = dyᵀ · x, so that registers run along the inputs, of which there are more; the outputs are
// turned back. For at most few_units units.
void gradient_weights_sideways(std::size_t rows, std::size_t inputs, std::size_t all_inputs,
                               std::size_t units, const float* x, const float* dy, float* d_weights,
                               float* d_bias) {
  alignas(64) float buffer[block_steps * panel_units];
  alignas(64) float out[few_units * panel_units];
  if (d_bias != nullptr) column_sums(dy, units, rows, units, false, d_bias);
  for (std::size_t k = 0; k < inputs; k += panel_units) {
    const std::size_t width = inputs - k < panel_units ? inputs - k : panel_units;
    const std::size_t stride = whole_registers(width);
    for (std::size_t r = 0; r < rows; r += block_steps) {
      const std::size_t steps = rows - r < block_steps ? rows - r : block_steps;
      const float* from = x + r * all_inputs + k;
      const Right right = width % Lanes::width == 0 ? Right{from, all_inputs, buffer}
                                                    : padded(from, all_inputs, steps, width, buffer);
      panel<Order::steps>({dy + r * units, 1, units}, right, units, steps, width,
                          {out, stride, Lanes::width, r > 0, nullptr});
    }
    turn_all<false>(out, stride, units, width, d_weights + k * units, units);
  }
}

void dense_gradient_weights_part(std::size_t rows, std::size_t inputs, std::size_t all_inputs,
                                 std::size_t units, const float* x, const float* dy, float* d_weights,
                                 float* d_bias) {
  if (units <= few_units && inputs >= turned_from_inputs && rows >= turned_from_rows) {
    gradient_weights_sideways(rows, inputs, all_inputs, units, x, dy, d_weights, d_bias);
  } else {
    product<Order::steps>({x, 1, all_inputs}, dy, inputs, rows, units, nullptr, d_bias, d_weights);
  }
}

void dense_gradient_weights(std::size_t rows, std::size_t inputs, std::size_t units, const float* x,
                            const float* dy, float* d_weights, float* d_bias) {
  dense_gradient_weights_part(rows, inputs, inputs, units, x, dy, d_weights, d_bias);
  if (inputs == 0) column_sums(dy, units, rows, units, false, d_bias);
}

// By inputs ≤ strip_inputs inputs, of rows ≤ turned_rows rows of dy, which are turned round. The weights of
// the next tile are fetched meanwhile.
void gradient_of_strip(std::size_t rows, std::size_t inputs, std::size_t units, const float* turned,
                       const float* weights, float* dx, std::size_t dx_stride) {
  alignas(64) float out[strip_inputs * turned_rows];
  const std::size_t stride = whole_registers(rows);
  const float* next = weights + rows_of(stride / Lanes::width) * units;
  panel<Order::rows>({weights, units, 1}, {turned, stride, nullptr, nullptr, &next}, inputs, units, rows,
                     {out, stride, Lanes::width, false, nullptr});
  turn_all<false>(out, stride, inputs, rows, dx, dx_stride);
}

// dxᵀ = W · dyᵀ, so that the large factor is read as it lies: the rows of dy, a panel at a time, and the
// outputs are turned round instead. For at most turned_units units.
void gradient_inputs_sideways(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                              const float* weights, float* dx, std::size_t dx_stride) {
  alignas(64) float turned[turned_units * turned_rows];
  for (std::size_t r = 0; r < rows; r += turned_rows) {
    const std::size_t width = rows - r < turned_rows ? rows - r : turned_rows;
    turn_all<true>(dy + r * units, units, width, units, turned, whole_registers(width));
    for (std::size_t k = 0; k < inputs; k += strip_inputs) {
      const std::size_t count = inputs - k < strip_inputs ? inputs - k : strip_inputs;
      gradient_of_strip(width, count, units, turned, weights + k * units, dx + r * dx_stride + k, dx_stride);
    }
  }
}

// The weights are turned round, a block at a time; a chain goes on from block to block.
void gradient_inputs_upright(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                             const float* weights, float* dx, std::size_t dx_stride) {
  alignas(64) float turned[upright_steps * panel_units];
  for (std::size_t r = 0; r < rows; r += upright_rows) {
    const std::size_t high = rows - r < upright_rows ? rows - r : upright_rows;
    for (std::size_t u = 0; u == 0 || u < units; u += upright_steps) {
      const std::size_t count = units - u < upright_steps ? units - u : upright_steps;
      for (std::size_t k = 0; k < inputs; k += panel_units) {
        const std::size_t width = inputs - k < panel_units ? inputs - k : panel_units;
        const std::size_t last = (width - 1) % Lanes::width + 1;
        const std::size_t stride = whole_registers(width);
        turn_all<true>(weights + k * units + u, units, width, count, turned, stride);
        panel<Order::rows>({dy + r * units + u, units, 1}, {turned, stride, nullptr}, high, count, width,
                           {dx + r * dx_stride + k, dx_stride, last, u > 0, nullptr});
      }
    }
  }
}

// By which has less to turn round.
inline bool goes_sideways(std::size_t rows, std::size_t inputs, std::size_t units) {
  return units <= turned_units && rows * (inputs + units) < inputs * units;
}

// The gradient by the inputs, whose rows are dx_stride apart.
void dense_gradient_inputs_part(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                                const float* weights, float* dx, std::size_t dx_stride) {
  if (goes_sideways(rows, inputs, units)) {
    gradient_inputs_sideways(rows, inputs, units, dy, weights, dx, dx_stride);
  } else {
    gradient_inputs_upright(rows, inputs, units, dy, weights, dx, dx_stride);
  }
}

void dense_gradient_inputs(std::size_t rows, std::size_t inputs, std::size_t units, const float* dy,
                           const float* weights, float* dx) {
  dense_gradient_inputs_part(rows, inputs, units, dy, weights, dx, inputs);
}
