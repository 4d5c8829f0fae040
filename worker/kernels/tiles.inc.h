// Included inside a target's namespace: the innermost part of the matrix products, a tile of outputs that
// stays in registers. y[i][j] = chain over k of a(i, k) · b[k][j], j running along the registers.

// A product's left factor: a(i, k) = data[i · row + k · step], where one of row and step is 1.
struct Left {
  const float* data;
  std::size_t row;
  std::size_t step;
  // Not 0 where the rows of one tile after the other lie packed, a tile's own rows side by side in every
  // step: floats from tile to tile.
  std::size_t packed = 0;

  Left at(std::size_t i, std::size_t k) const { return {data + i * row + k * step, row, step, 0}; }
};

// A product's right factor: rows of whole registers, `stride` floats apart.
struct Right {
  const float* data;
  std::size_t stride;
  float* keep;  // with Keep: where its rows are copied to, without gaps
  float* sums =
      nullptr;  // with Sums: chains of additions down its columns, begun and gone on with as y's are
  const float** fetch = nullptr;  // with Fetch: what is wanted soon, brought nearer a line a step
};

// Where a tile's outputs go. `last` is how many floats of the last register exist; the rest is padding.
struct Outputs {
  float* data;
  std::size_t stride;
  std::size_t last;
  bool more;          // go on with the chains that stand there, else begin at +0
  const float* bias;  // added when the chains end; null: not yet, or none
};

// How the left factor lies in memory, where the compiler can know it.
enum class Order { rows, steps };  // step is 1; row is 1

// Hides from the compiler where a pointer comes from. Else it keeps every address of a tile in a register of
// its own, and there are not that many.
template <class T>
[[gnu::always_inline]] inline T* hidden(T* p) {
  asm("" : "+r"(p));
  return p;
}

// Where the next k of the left factor's rows stands. Rows that are apart are reached three by three: from
// one pointer by the multiples 0, 1, 2 of their distance.
template <std::size_t Rows, Order order>
struct LeftRows {
  static constexpr std::size_t groups = order == Order::rows ? (Rows + 2) / 3 : 1;
  const float* group[groups];
  std::size_t row;
  std::size_t step;

  [[gnu::always_inline]] explicit LeftRows(const Left& a) : row(a.row), step(a.step) {
#pragma GCC unroll 16
    for (std::size_t g = 0; g < groups; ++g) group[g] = hidden(a.data + 3 * g * a.row);
  }
  [[gnu::always_inline]] float at(std::size_t i) const {
    return order == Order::rows ? group[i / 3][i % 3 * row] : group[0][i];
  }
  [[gnu::always_inline]] void advance() {
#pragma GCC unroll 16
    for (std::size_t g = 0; g < groups; ++g) group[g] = hidden(group[g] + (order == Order::rows ? 1 : step));
  }
};

template <std::size_t Rows, std::size_t Vectors>
[[gnu::always_inline]] inline void zero_tile(Lanes (&acc)[Rows][Vectors]) {
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) acc[i][v] = Lanes::zero();
  }
}

// The last register of each row is read and written in part where Whole is false.
template <std::size_t Rows, std::size_t Vectors, bool Whole>
[[gnu::always_inline]] inline void begin_tile(const Outputs& y, Lanes (&acc)[Rows][Vectors]) {
  const float* p = y.data;
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) {
      const float* from = p + v * Lanes::width;
      acc[i][v] = Whole || v + 1 < Vectors ? Lanes::load(from) : Lanes::load_first(from, y.last);
    }
    p = hidden(p + y.stride);
  }
}

template <std::size_t Rows, std::size_t Vectors, bool Whole>
[[gnu::always_inline]] inline void end_tile(const Outputs& y, Lanes (&acc)[Rows][Vectors]) {
  if (y.bias != nullptr) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) {
      const float* p = y.bias + v * Lanes::width;
      const Lanes bias = Whole || v + 1 < Vectors ? Lanes::load(p) : Lanes::load_first(p, y.last);
#pragma GCC unroll 16
      for (std::size_t i = 0; i < Rows; ++i) acc[i][v] = add_lanes(acc[i][v], bias);
    }
  }
  float* p = y.data;
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) {
      if (Whole || v + 1 < Vectors) {
        acc[i][v].store(p + v * Lanes::width);
      } else {
        acc[i][v].store_first(p + v * Lanes::width, y.last);
      }
    }
    p = hidden(p + y.stride);
  }
}

constexpr std::size_t fetched_line = 16;  // floats

// What a tile does beside its products. The first one of a panel may be told to keep and to sum.
struct Extras {
  bool keep;
  bool sums;
  bool fetch = false;
};

// One more k of every chain. With keep, the right factor's row is copied to `keep`.
template <std::size_t Rows, std::size_t Vectors, Order order, Extras extras>
[[gnu::always_inline]] inline void step_tile(const LeftRows<Rows, order>& a, const float* b, float* keep,
                                             Lanes (&acc)[Rows][Vectors], Lanes (&sums)[Vectors]) {
  Lanes column[Vectors];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < Vectors; ++v) {
    column[v] = Lanes::load(b + v * Lanes::width);
    if (extras.keep) column[v].store(keep + v * Lanes::width);
    if (extras.sums) sums[v] = add_lanes(sums[v], column[v]);
  }
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Rows; ++i) {
    const Lanes row = Lanes::all(a.at(i));
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) acc[i][v] = fma_lanes(row, column[v], acc[i][v]);
  }
}

// Register v of a row of so many, the last one in part.
template <std::size_t Vectors>
[[gnu::always_inline]] inline Lanes load_part(const float* p, std::size_t v, std::size_t last) {
  return v + 1 < Vectors ? Lanes::load(p + v * Lanes::width) : Lanes::load_first(p + v * Lanes::width, last);
}

template <std::size_t Rows, std::size_t Vectors, Order order, Extras extras>
void tile(const Left& left, const Right& right, std::size_t count, const Outputs& outputs) {
  const Outputs y = outputs;
  const bool whole = y.last == Lanes::width;
  Lanes sums[Vectors];
  if (extras.sums) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Vectors; ++v) {
      sums[v] = y.more ? load_part<Vectors>(right.sums, v, y.last) : Lanes::zero();
    }
  }
  Lanes acc[Rows][Vectors];
  if (!y.more) {
    zero_tile(acc);
  } else if (whole) {
    begin_tile<Rows, Vectors, true>(y, acc);
  } else {
    begin_tile<Rows, Vectors, false>(y, acc);
  }
  LeftRows<Rows, order> a(left);
  const float* b = right.data;
  const std::size_t stride = right.stride;
  float* keep = right.keep;
  const float* fetch = extras.fetch ? *right.fetch : nullptr;
  for (std::size_t k = 0; k < count; ++k) {
    if (extras.fetch) {
      __builtin_prefetch(fetch, 0, 2);
      fetch += fetched_line;
    }
    step_tile<Rows, Vectors, order, extras>(a, b, keep, acc, sums);
    b = hidden(b + stride);
    if (extras.keep) keep = hidden(keep + Vectors * Lanes::width);
    a.advance();
  }
  if (extras.fetch) *right.fetch = fetch;
  if (extras.sums) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v + 1 < Vectors; ++v) sums[v].store(right.sums + v * Lanes::width);
    sums[Vectors - 1].store_first(right.sums + (Vectors - 1) * Lanes::width, y.last);
  }
  if (whole) {
    end_tile<Rows, Vectors, true>(y, acc);
  } else {
    end_tile<Rows, Vectors, false>(y, acc);
  }
}

// 0, 1, … N - 1 as template arguments.
template <std::size_t... I>
struct Indices {};
template <std::size_t N, std::size_t... I>
struct CountUp : CountUp<N - 1, N - 1, I...> {};
template <std::size_t... I>
struct CountUp<0, I...> {
  using Type = Indices<I...>;
};

// Most rows of a tile that is so many registers wide.
constexpr std::size_t tile_rows = 12;
constexpr std::size_t rows_of(std::size_t vectors) {
  return accumulators / vectors < tile_rows ? accumulators / vectors : tile_rows;
}

using Tile = void (*)(const Left&, const Right&, std::size_t count, const Outputs&);

// [vectors - 1][rows - 1]
template <Order order, Extras extras>
struct Tiles {
  Tile of[tile_vectors][tile_rows];

  template <std::size_t Vectors, std::size_t... I>
  constexpr void fill(Indices<I...>) {
    ((of[Vectors - 1][I] = tile<I + 1, Vectors, order, extras>), ...);
  }
  template <std::size_t... V>
  constexpr void fill_all(Indices<V...>) {
    (fill<V + 1>(typename CountUp<rows_of(V + 1)>::Type{}), ...);
  }
  constexpr Tiles() : of{} { fill_all(typename CountUp<tile_vectors>::Type{}); }
};
template <Order order, Extras extras>
constexpr Tiles<order, extras> tiles;
