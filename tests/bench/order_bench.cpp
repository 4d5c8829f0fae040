// The price of a fixed order: the canonical product (one chain of fma for each output, ascending) beside the
// same tiles with the order set free: 2, 4 or 8 chains for each output, k split among them, whichever is
// fastest, the canonical one included. Compiled for the CPU it is built on. Prints a Markdown table: medians
// of the rounds' ratios.
//   order_bench [ROUNDS]
#define RONDO_KERNEL_TARGET bench_native
#define RONDO_KERNEL_NAME "native"
#include "worker/kernels/kernels.inc.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <limits>
#include <vector>

#include "common/random/draws.h"

namespace rondo::kernels::bench_native {
namespace {

// Rows × Vectors registers of outputs, `Chains` chains each: k goes to chain k mod Chains.
template <std::size_t Rows, std::size_t Vectors, std::size_t Chains>
void free_tile(const float* x, std::size_t inputs, const float* b, std::size_t units, float* y) {
  Lanes acc[Chains][Rows][Vectors];
  for (auto& chain : acc) {
    for (auto& row : chain) {
      for (auto& lanes : row) lanes = Lanes::zero();
    }
  }
  constexpr Extras nothing_else{false, false};
  Lanes no_sums[Vectors];
  LeftRows<Rows, Order::rows> a(Left{x, inputs, 1});
  std::size_t k = 0;
  for (; k + Chains <= inputs; k += Chains) {
#pragma GCC unroll 16
    for (std::size_t c = 0; c < Chains; ++c) {
      step_tile<Rows, Vectors, Order::rows, nothing_else>(a, b, nullptr, acc[c], no_sums);
      b = hidden(b + units);
      a.advance();
    }
  }
  for (; k < inputs; ++k, b += units, a.advance()) {
    step_tile<Rows, Vectors, Order::rows, nothing_else>(a, b, nullptr, acc[0], no_sums);
  }
  for (std::size_t i = 0; i < Rows; ++i) {
    for (std::size_t v = 0; v < Vectors; ++v) {
      for (std::size_t c = 1; c < Chains; ++c) acc[0][i][v] = add_lanes(acc[0][i][v], acc[c][i][v]);
      acc[0][i][v].store(y + i * units + v * Lanes::width);
    }
  }
}

// All tiles of a product whose sides are multiples of the tile's.
template <std::size_t Rows, std::size_t Vectors, std::size_t Chains>
void free_product(std::size_t rows, std::size_t inputs, std::size_t units, const float* x, const float* w,
                  float* y) {
  for (std::size_t u = 0; u < units; u += Vectors * Lanes::width) {
    for (std::size_t r = 0; r < rows; r += Rows) {
      free_tile<Rows, Vectors, Chains>(x + r * inputs, inputs, w + u, units, y + r * units + u);
    }
  }
}

using Product = void (*)(std::size_t, std::size_t, std::size_t, const float*, const float*, float*);

template <std::size_t Rows, std::size_t Vectors>
void add(std::size_t rows, std::size_t units, std::vector<Product>& products) {
  if (rows % Rows != 0 || units % (Vectors * Lanes::width) != 0) return;
  if constexpr (Rows * Vectors * 2 <= accumulators) products.push_back(free_product<Rows, Vectors, 2>);
  if constexpr (Rows * Vectors * 4 <= accumulators) products.push_back(free_product<Rows, Vectors, 4>);
  if constexpr (Rows * Vectors * 8 <= accumulators) products.push_back(free_product<Rows, Vectors, 8>);
}

std::vector<Product> free_products(std::size_t rows, std::size_t units) {
  std::vector<Product> products;
  add<1, 1>(rows, units, products);
  add<1, 2>(rows, units, products);
  add<1, 4>(rows, units, products);
  add<2, 1>(rows, units, products);
  add<2, 2>(rows, units, products);
  add<4, 1>(rows, units, products);
  add<4, 2>(rows, units, products);
  add<8, 1>(rows, units, products);
  return products;
}

}  // namespace
}  // namespace rondo::kernels::bench_native

namespace {

using Clock = std::chrono::steady_clock;
using rondo::kernels::bench_native::Product;

struct Shape {
  std::size_t rows, inputs, units;
};
constexpr Shape shapes[] = {{1, 4096, 16},   {1, 1024, 64},   {8, 4096, 16},  {8, 1024, 64},    {32, 64, 16},
                            {32, 1024, 16},  {32, 64, 128},   {32, 128, 128}, {32, 1024, 1024}, {64, 64, 64},
                            {128, 128, 128}, {256, 512, 512}, {512, 512, 512}};

double nanoseconds(const std::function<void()>& call) {
  double best = std::numeric_limits<double>::infinity();
  int calls = 1;
  const auto until = Clock::now() + std::chrono::milliseconds(40);
  while (Clock::now() < until) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    const std::chrono::duration<double, std::nano> taken = Clock::now() - start;
    best = std::min(best, taken.count() / calls);
    calls = std::max(1, static_cast<int>(2e6 / best));
  }
  return best;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(const Shape& s, int rounds) {
  const rondo::random::Draws draws(rondo::random::Key(1), rondo::random::Stream::initialization);
  std::vector<float> x(s.rows * s.inputs), w(s.inputs * s.units), bias(s.units), y(s.rows * s.units);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = draws.uniform_float(i) - 0.5F;
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = draws.uniform_float(i) - 0.5F;
  const std::vector<Product> products = rondo::kernels::bench_native::free_products(s.rows, s.units);
  std::vector<double> canonical, free, ratios;
  for (int i = 0; i < rounds; ++i) {
    canonical.push_back(nanoseconds([&] {
      rondo::kernels::bench_native::table.dense_forward(s.rows, s.inputs, s.units, x.data(), w.data(),
                                                        bias.data(), y.data());
    }));
    double best = canonical.back();
    for (const Product product : products) {
      best = std::min(best,
                      nanoseconds([&] { product(s.rows, s.inputs, s.units, x.data(), w.data(), y.data()); }));
    }
    free.push_back(best);
    ratios.push_back(canonical.back() / best);
  }
  fmt::print("| {} × {} · {} × {} | {:.2f} | {:.2f} | {:.2f} |\n", s.rows, s.inputs, s.inputs, s.units,
             median(canonical) / 1000, median(free) / 1000, median(ratios));
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 5;
  fmt::print("| product | canonical µs | free order µs | price |\n|---|---|---|---|\n");
  for (const Shape& shape : shapes) compare(shape, rounds);
}
