// products_bench --summary [--layout L] [--shapes small|square|all] [--rounds N]   one table of ratios
// products_bench [Google Benchmark's flags]                                        every product by itself
//
// Dense products of Rondo against OpenBLAS and oneDNN, one thread each. The summary takes turns: in every
// round each library runs the product for a fraction of a millisecond, and the fastest round of each counts,
// so that what else the machine does hits all of them or is left out. A ratio above 1 means that Rondo is
// faster.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "fma_peak.h"
#include "product_runs.h"
#include "worker/kernels/table.h"

namespace rondo::bench {
namespace {

struct Options {
  bool summary = false;
  bool every_shape = false;  // print a line a shape, not the misses alone
  int rounds = 15;
  std::string layout = "all";
  std::string shapes = "all";  // all, square, skinny, or m,n,k
};

constexpr double goal = 0.95;       // of both peers' speed
constexpr double small_goal = 1.2;  // for at most small_batch rows
constexpr std::size_t small_batch = 64;
constexpr double peak_goal = 0.75;  // of the fma peak at 512³

std::vector<Shape> shapes(std::string_view which) {
  std::vector<Shape> result;
  if (Shape one; std::sscanf(std::string(which).c_str(), "%zu,%zu,%zu", &one.m, &one.n, &one.k) == 3)
    return {one};
  if (which != "skinny") {
    for (const std::size_t s : {64, 128, 256, 512, 1024, 2048}) result.push_back({s, s, s});
  }
  if (which == "square") return result;
  for (const std::size_t m : {32, 64, 128, 256}) {
    for (const std::size_t n : {16, 64, 128, 256, 512, 1024}) {
      for (const std::size_t k : {16, 64, 128, 256, 512, 1024}) result.push_back({m, n, k});
    }
  }
  return result;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Seconds of one product by each library: the fastest round.
std::array<double, std::size(libraries)> measure(ProductRuns& runs, Layout layout, int rounds) {
  constexpr double round_seconds = 2e-4;
  std::array<double, std::size(libraries)> best{};
  std::array<int, std::size(libraries)> calls{};
  std::array<std::vector<float>, std::size(libraries)> results;
  for (const Library library : libraries) {
    const auto l = static_cast<std::size_t>(library);
    run(runs, library, layout);  // pages, caches, code made at run time
    results[l] = runs.result(layout);
    if (const double d = runs.difference(layout, results[0]); library != Library::rondo && d > 1e-3) {
      fmt::print("warning: {} differs by {}\n", name_of(library), d);
    }
    const auto start = std::chrono::steady_clock::now();
    run(runs, library, layout);
    calls[l] = std::max(1, static_cast<int>(round_seconds / (seconds_since(start) + 1e-9)));
    best[l] = std::numeric_limits<double>::infinity();
  }
  for (int round = 0; round < rounds; ++round) {
    for (const Library library : libraries) {
      const auto l = static_cast<std::size_t>(library);
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < calls[l]; ++i) run(runs, library, layout);
      best[l] = std::min(best[l], seconds_since(start) / calls[l]);
    }
  }
  return best;
}

struct Line {
  Layout layout;
  Shape shape;
  std::array<double, std::size(libraries)> seconds;
  double peak;

  [[nodiscard]] double ratio(Library peer) const {
    return seconds[static_cast<std::size_t>(peer)] / seconds[0];
  }
  [[nodiscard]] double worst() const { return std::min(ratio(Library::openblas), ratio(Library::onednn)); }
  [[nodiscard]] double wanted() const { return shape.m <= small_batch ? small_goal : goal; }
  [[nodiscard]] double of_peak() const { return peak > 0 ? shape.operations() / seconds[0] / peak : 0; }

  void print() const {
    fmt::print("| {:7} | {:14} | {:9.2f} | {:5.2f} | {:5.2f} | {:5.2f} |{}\n", name_of(layout),
               name_of(shape), seconds[0] * 1e6, of_peak(), ratio(Library::openblas), ratio(Library::onednn),
               worst() < wanted() ? fmt::format(" below {:.2f}", wanted()) : "");
  }
};

// Minimum, median and how many miss, over the lines that `chosen` takes.
template <class Chosen>
void print_group(const std::vector<Line>& lines, const char* name, Chosen chosen) {
  std::vector<double> blas, dnn;
  std::size_t missed = 0;
  for (const Line& line : lines) {
    if (!chosen(line)) continue;
    blas.push_back(line.ratio(Library::openblas));
    dnn.push_back(line.ratio(Library::onednn));
    missed += line.worst() < line.wanted() ? 1 : 0;
  }
  if (blas.empty()) return;
  std::ranges::sort(blas);
  std::ranges::sort(dnn);
  const std::size_t middle = blas.size() / 2;
  fmt::print("| {:24} | {:6} | {:5.2f} | {:5.2f} | {:5.2f} | {:5.2f} | {:6} |\n", name, blas.size(), blas[0],
             blas[middle], dnn[0], dnn[middle], missed);
}

void print_summary(const std::vector<Line>& lines) {
  fmt::print(
      "\n| ratio, peer's time / ours | shapes | OpenBLAS min | median | oneDNN min | median | missed |\n");
  fmt::print("|---|---|---|---|---|---|---|\n");
  for (const Layout layout : layouts) {
    print_group(lines, fmt::format("{}, m <= {}", name_of(layout), small_batch).c_str(),
                [&](const Line& l) { return l.layout == layout && l.shape.m <= small_batch; });
    print_group(lines, fmt::format("{}, m > {}", name_of(layout), small_batch).c_str(),
                [&](const Line& l) { return l.layout == layout && l.shape.m > small_batch; });
  }
  print_group(lines, "all", [](const Line&) { return true; });
  for (const Line& line : lines) {
    if (line.shape.m == 512 && line.shape.n == 512 && line.shape.k == 512 && line.peak > 0) {
      fmt::print("{} 512x512x512: {:.2f} of the fma peak (wanted {:.2f})\n", name_of(line.layout),
                 line.of_peak(), peak_goal);
    }
  }
}

void summary(const Options& options) {
  const std::string_view target = kernels::kernels().name;
  const double peak = fma_peak(target);
  fmt::print("rondo: {}; fma peak {:.1f} GFLOP/s; OpenBLAS: {}; oneDNN {}\n", target, peak / 1e9,
             openblas_kernel(), onednn_version());
  std::vector<Line> lines;
  for (const Shape& shape : shapes(options.shapes)) {
    ProductRuns runs(shape);
    for (const Layout layout : layouts) {
      if (options.layout == "all" || options.layout == name_of(layout)) {
        lines.push_back({layout, shape, measure(runs, layout, options.rounds), peak});
      }
    }
  }
  fmt::print("{}:\n\n", options.every_shape ? "Every shape" : "Misses");
  fmt::print(
      "| product | m x n x k | ours, us | of peak | / OpenBLAS | / oneDNN |\n|---|---|---|---|---|---|\n");
  for (const Line& line : lines) {
    if (options.every_shape || line.worst() < line.wanted()) line.print();
  }
  print_summary(lines);
}

void register_all() {
  for (const Shape& shape : shapes("all")) {
    for (const Layout layout : layouts) {
      for (const Library library : libraries) {
        const std::string name = fmt::format("{}/{}/{}", name_of(layout), name_of(shape), name_of(library));
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
          ProductRuns mine(shape);
          run(mine, library, layout);  // oneDNN makes its code in the first call
          for (auto _ : state) run(mine, library, layout);
          state.counters["flops"] =
              benchmark::Counter(shape.operations(), benchmark::Counter::kIsIterationInvariantRate);
        });
      }
    }
  }
}

// The peers read these before main: start once more when they are not as they should be.
void settle_environment(char** arguments) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  if (threads != nullptr && std::string_view(threads) == "1" && std::getenv("OPENBLAS_CORETYPE") == nullptr &&
      std::getenv("OPENBLAS_L2_SIZE") == nullptr) {
    return;
  }
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("OPENBLAS_L2_SIZE");
  execv("/proc/self/exe", arguments);
  std::perror("products_bench: execv");
  std::exit(1);
}

Options parse(int& count, char** arguments) {
  Options options;
  int kept = 1;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const auto value = [&] { return std::string(i + 1 < count ? arguments[++i] : ""); };
    if (argument == "--summary") {
      options.summary = true;
    } else if (argument == "--every-shape") {
      options.every_shape = true;
    } else if (argument == "--layout") {
      options.layout = value();
    } else if (argument == "--shapes") {
      options.shapes = value();
    } else if (argument == "--rounds") {
      options.rounds = std::atoi(value().c_str());
    } else {
      arguments[kept++] = arguments[i];
    }
  }
  count = kept;
  return options;
}

int main_of(int count, char** arguments) {
  settle_environment(arguments);
  const Options options = parse(count, arguments);
  if (options.summary) {
    summary(options);
    return 0;
  }
  register_all();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace rondo::bench

int main(int count, char** arguments) {
  return rondo::bench::main_of(count, arguments);
}
