// Included inside a target's namespace: a matrix product whose left factor is gathered, as convolutions need
// it. y[i][j] = chain over k of left[rows[i] + steps[k]] · b[k][j]: a row of the left factor and a step of
// the chain each stand somewhere in the images, and their places add up.

// Sizes of blocks, for speed alone. Outputs that the second-level cache keeps while a chain goes on from
// block to block, and the most rows of them.
constexpr std::size_t gathered_outputs = 131072;
constexpr std::size_t gathered_rows = 512;
constexpr std::size_t least_gathered_rows = 96;
constexpr std::size_t rows_of_outputs(std::size_t units) {
  const std::size_t rows = gathered_outputs / units;
  return rows < least_gathered_rows ? least_gathered_rows : rows < gathered_rows ? rows : gathered_rows;
}
constexpr std::size_t gathered_steps = 576;
// Floats of the right factor that stay in the nearest cache while all rows pass.
constexpr std::size_t gathered_block = 6144;
// A tile's rows have a pointer each, and there are no more general registers: others would be kept in vector
// registers and fetched from there in every step.
constexpr std::size_t gathered_tile_rows = 9;
constexpr std::size_t gathered_rows_of(std::size_t vectors) {
  return rows_of(vectors) < gathered_tile_rows ? rows_of(vectors) : gathered_tile_rows;
}
// A right factor with rows that are further apart than a panel is copied together for that many rows.
constexpr std::size_t copies_from_gathered = 48;

// One row of outputs begins at data + rows[i]; the rest as in Outputs.
struct GatheredOutputs {
  float* data;
  const std::size_t* rows;
  std::size_t last;
  bool more;
  const float* bias;
};

template <std::size_t Rows, std::size_t Vectors>
[[gnu::noinline]] void gathered_tile(const float* left, const std::size_t* rows, const std::size_t* steps,
                                     const Right& right, std::size_t count, const GatheredOutputs& y) {
  Lanes acc[Rows][Vectors];
  if (y.more) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < Rows; ++i) {
      const float* p = hidden(y.data + y.rows[i]);
#pragma GCC unroll 16
      for (std::size_t v = 0; v < Vectors; ++v) acc[i][v] = load_part<Vectors>(p, v, y.last);
    }
  } else {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 16
      for (std::size_t v = 0; v < Vectors; ++v) acc[i][v] = Lanes::zero();
    }
  }
  const float* from[Rows];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Rows; ++i) from[i] = hidden(left + rows[i]);
  const float* b = right.data;
  const std::size_t stride = right.stride;
  for (std::size_t k = 0; k < count; ++k) {
    Lanes column[Vectors];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) column[v] = Lanes::load(b + v * Lanes::width);
    const std::size_t step = steps[k];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < Rows; ++i) {
      const Lanes row = Lanes::all(from[i][step]);
#pragma GCC unroll 16
      for (std::size_t v = 0; v < Vectors; ++v) acc[i][v] = fma_lanes(row, column[v], acc[i][v]);
    }
    b = hidden(b + stride);
  }
  if (y.bias != nullptr) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) {
      const Lanes bias = load_part<Vectors>(y.bias, v, y.last);
#pragma GCC unroll 16
      for (std::size_t i = 0; i < Rows; ++i) acc[i][v] = add_lanes(acc[i][v], bias);
    }
  }
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Rows; ++i) {
    float* p = hidden(y.data + y.rows[i]);
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) {
      if (v + 1 < Vectors || y.last == Lanes::width) {
        acc[i][v].store(p + v * Lanes::width);
      } else {
        acc[i][v].store_first(p + v * Lanes::width, y.last);
      }
    }
  }
}

using GatheredTile = void (*)(const float*, const std::size_t*, const std::size_t*, const Right&, std::size_t,
                              const GatheredOutputs&);

// [vectors - 1][rows - 1]
struct GatheredTiles {
  GatheredTile of[tile_vectors][gathered_tile_rows];

  template <std::size_t Vectors, std::size_t... I>
  constexpr void fill(Indices<I...>) {
    ((of[Vectors - 1][I] = gathered_tile<I + 1, Vectors>), ...);
  }
  template <std::size_t... V>
  constexpr void fill_all(Indices<V...>) {
    (fill<V + 1>(typename CountUp<gathered_rows_of(V + 1)>::Type{}), ...);
  }
  constexpr GatheredTiles() : of{} { fill_all(typename CountUp<tile_vectors>::Type{}); }
};
constexpr GatheredTiles gathered_tiles;

// Places of a grid that is walked through block by block, row by row: the i-th is at
// block · block_step + row · row_step + column · column_step.
struct Grid {
  std::size_t rows;  // of a block
  std::size_t columns;
  std::size_t block_step;
  std::size_t row_step;
  std::size_t column_step;

  // The places first … first + count - 1.
  void places(std::size_t first, std::size_t count, std::size_t* to) const {
    if (count == 0) return;  // and maybe no columns
    std::size_t column = first % columns;
    std::size_t row = first / columns % rows;
    std::size_t block = first / columns / rows;
    for (std::size_t i = 0; i < count;) {
      const std::size_t begin = block * block_step + row * row_step + column * column_step;
      const std::size_t run = columns - column < count - i ? columns - column : count - i;
      for (std::size_t c = 0; c < run; ++c) to[i + c] = begin + c * column_step;
      i += run;
      column = 0;
      if (++row < rows) continue;
      row = 0;
      ++block;
    }
  }
};
// One row after the other, `stride` floats apart.
static inline Grid in_rows(std::size_t stride) {
  return {1, ~std::size_t{0}, 0, 0, stride};
}

// Parts that differ by one at most; part i begins at begin(i).
struct Parts {
  std::size_t whole;
  std::size_t count;

  Parts(std::size_t all, std::size_t most) : whole(all), count(all == 0 ? 1 : (all + most - 1) / most) {}
  std::size_t begin(std::size_t i) const { return whole * i / count; }
  std::size_t size(std::size_t i) const { return begin(i + 1) - begin(i); }
};

struct GatheredProduct {
  const float* left;
  Grid rows;  // where the left factor's rows begin, and from there its steps
  std::size_t row_count;
  Grid steps;
  std::size_t step_count;
  float* y;
  Grid outputs;  // where the rows of y begin
  std::size_t units;
  bool more;  // as in Outputs
  const float* bias;
  std::size_t first_row = 0;  // of `rows`; that of y is the first
};

// All rows by at most panel_units columns, in tiles of about the same height.
void gathered_panel(const float* left, const std::size_t* rows, std::size_t row_count,
                    const std::size_t* steps, std::size_t step_count, const Right& right, std::size_t width,
                    const GatheredOutputs& y) {
  const std::size_t vectors = whole_registers(width) / Lanes::width;
  const Parts tiles(row_count, gathered_rows_of(vectors));
  for (std::size_t t = 0; t < tiles.count; ++t) {
    const std::size_t i = tiles.begin(t);
    gathered_tiles.of[vectors - 1][tiles.size(t) - 1](left, rows + i, steps, right, step_count,
                                                      {y.data, y.rows + i, y.last, y.more, y.bias});
  }
}

// right(first step, steps, first column, columns, buffer) gives a block of the right factor, in rows of whole
// registers; the buffer has room for it. It is asked for again for every block of rows.
template <class RightOf>
void gathered_product(const GatheredProduct& p, RightOf right_of) {
  if (p.units == 0) return;
  alignas(64) float buffer[gathered_block];
  std::size_t rows[gathered_rows];
  std::size_t outputs[gathered_rows];
  std::size_t steps[gathered_steps];
  const Parts row_parts(p.row_count, rows_of_outputs(p.units));
  const std::size_t most = gathered_block / whole_registers(p.units < panel_units ? p.units : panel_units);
  const Parts step_parts(p.step_count, most < gathered_steps ? most : gathered_steps);
  for (std::size_t i = 0; i < row_parts.count; ++i) {
    const std::size_t r = row_parts.begin(i);
    p.rows.places(p.first_row + r, row_parts.size(i), rows);
    p.outputs.places(r, row_parts.size(i), outputs);
    for (std::size_t j = 0; j < step_parts.count; ++j) {
      const std::size_t k = step_parts.begin(j);
      const bool ends = j + 1 == step_parts.count;
      if (step_parts.count > 1 || i == 0) p.steps.places(k, step_parts.size(j), steps);
      for (std::size_t u = 0; u < p.units; u += panel_units) {
        const std::size_t width = p.units - u < panel_units ? p.units - u : panel_units;
        const Right right = right_of(k, step_parts.size(j), u, width, buffer);
        gathered_panel(p.left, rows, row_parts.size(i), steps, step_parts.size(j), right, width,
                       {p.y + u, outputs, (width - 1) % Lanes::width + 1, p.more || j > 0,
                        ends && p.bias != nullptr ? p.bias + u : nullptr});
      }
    }
  }
}

// A block of a matrix of step rows by `units`, as it lies or copied.
static inline Right block_of(const float* b, std::size_t units, std::size_t rows, std::size_t k,
                             std::size_t count, std::size_t u, std::size_t width, float* buffer) {
  const float* from = b + k * units + u;
  const bool apart = units > panel_units && rows >= copies_from_gathered;
  return width % Lanes::width == 0 && !apart ? Right{from, units, nullptr}
                                             : padded(from, units, count, width, buffer);
}
