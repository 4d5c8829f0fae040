// Included inside a target's namespace: turning a block of a matrix round, in registers.

// Swaps rows and columns of a square of registers, by squares of 1, 2, 4, … floats: of two rows `Far` apart,
// the second's floats in the even squares change places with the first's in the odd ones.
#if defined(RONDO_PLAIN_LANES)
inline void turn_square(Lanes (&r)[Lanes::width]) {
  for (std::size_t i = 0; i < Lanes::width; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const float other = r[i].v[j];
      r[i].v[j] = r[j].v[i];
      r[j].v[i] = other;
    }
  }
}
#else
template <std::size_t Far, std::size_t... J>
[[gnu::always_inline]] inline void swap_squares(Lanes& first, Lanes& second, Indices<J...>) {
  constexpr int width = Lanes::width;
  constexpr int far = Far;
  const auto upper = __builtin_shufflevector(
      first.v, second.v,
      (static_cast<int>(J) & far ? width + static_cast<int>(J) - far : static_cast<int>(J))...);
  const auto lower = __builtin_shufflevector(
      first.v, second.v,
      (static_cast<int>(J) & far ? width + static_cast<int>(J) : static_cast<int>(J) + far)...);
  first.v = upper;
  second.v = lower;
}

template <std::size_t Far>
[[gnu::always_inline]] inline void turn_squares(Lanes (&r)[Lanes::width]) {
  if constexpr (Far < Lanes::width) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < Lanes::width; ++i) {
      if ((i & Far) == 0) swap_squares<Far>(r[i], r[i + Far], typename CountUp<Lanes::width>::Type{});
    }
    turn_squares<2 * Far>(r);
  }
}

[[gnu::always_inline]] inline void turn_square(Lanes (&r)[Lanes::width]) {
  turn_squares<1>(r);
}
#endif
#undef RONDO_PLAIN_LANES

// to[j][i] = from[i][j] for the first `rows` rows and `columns` columns, each at most a register's width.
// With Pad the rest of a row of `to` becomes 0, else it stays.
template <bool Pad>
void turn(const float* from, std::size_t from_stride, std::size_t rows, std::size_t columns, float* to,
          std::size_t to_stride) {
  constexpr std::size_t width = Lanes::width;
  Lanes square[width];
  if (rows == width && columns == width) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < width; ++i) square[i] = Lanes::load(from + i * from_stride);
    turn_square(square);
#pragma GCC unroll 16
    for (std::size_t j = 0; j < width; ++j) square[j].store(to + j * to_stride);
    return;
  }
  for (std::size_t i = 0; i < width; ++i) {
    square[i] = i < rows ? Lanes::load_first(from + i * from_stride, columns) : Lanes::zero();
  }
  turn_square(square);
  for (std::size_t j = 0; j < columns; ++j) {
    if (Pad) {
      square[j].store(to + j * to_stride);
    } else {
      square[j].store_first(to + j * to_stride, rows);
    }
  }
}

// The same for any number of rows and columns. With Pad, rows of `to` are padded to whole registers.
template <bool Pad>
void turn_all(const float* from, std::size_t from_stride, std::size_t rows, std::size_t columns, float* to,
              std::size_t to_stride) {
  for (std::size_t j = 0; j < columns; j += Lanes::width) {
    const std::size_t wide = columns - j < Lanes::width ? columns - j : Lanes::width;
    for (std::size_t i = 0; i < rows; i += Lanes::width) {
      const std::size_t high = rows - i < Lanes::width ? rows - i : Lanes::width;
      turn<Pad>(from + i * from_stride + j, from_stride, high, wide, to + j * to_stride + i, to_stride);
    }
  }
}
