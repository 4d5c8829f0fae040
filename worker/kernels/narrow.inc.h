// Included inside a target's namespace: rows of fewer than 16 units, 16 rows at once. They are turned round,
// so that row r is lane r of every register, and each row's reduction is a chain of registers in its defined
// order.

constexpr std::size_t row_block = 16;

// values[u][r] = of[r][u]; rows beyond `rows` are 0.
inline void turn_rows(std::size_t rows, std::size_t units, const float* of, float (&values)[16][row_block]) {
  if (rows < row_block) __builtin_memset(values, 0, sizeof values);
  turn_all<false>(of, units, rows, units, values[0], row_block);
}

inline void turn_back(std::size_t rows, std::size_t units, const float (&values)[16][row_block], float* to) {
  turn_all<false>(values[0], row_block, units, rows, to, units);
}

// The tree of every row over its `units` < 16 terms; the result is lane 0. The lanes from `units` on would be
// +0, and adding +0 to what is never -0 changes nothing: they are left out.
inline void tree_of_rows(std::size_t units, double (&lanes)[16][row_block]) {
  std::size_t active = units;
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t l = 0; l + half < active; ++l) {
      for (std::size_t r = 0; r < row_block; ++r) lanes[l][r] = lanes[l][r] + lanes[l + half][r];
    }
    active = active < half ? active : half;
  }
}
