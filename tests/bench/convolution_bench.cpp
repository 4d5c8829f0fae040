// convolution_bench --summary [--shapes SIZE,CHANNELS,FILTERS] [--rounds N]   one table of ratios
// convolution_bench [Google Benchmark's flags]                                every pass by itself
//
// 3 × 3 convolutions of 32 images, forward and both gradients, against oneDNN's direct kernels on one thread.
// The summary takes turns, and the fastest round of each counts, as products_bench does. A ratio above 1
// means that Rondo is faster.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "convolution_runs.h"
#include "fma_peak.h"
#include "worker/kernels/table.h"

namespace rondo::bench {
namespace {

constexpr double goal = 0.9;  // of oneDNN's speed
// A ResNet's, and a small network's of two convolutions.
constexpr ConvolutionShape all_shapes[] = {{32, 56, 64, 64},  {32, 28, 128, 128}, {32, 14, 256, 256},
                                           {32, 7, 512, 512}, {32, 28, 1, 32},    {32, 14, 32, 64}};

struct Options {
  bool summary = false;
  int rounds = 7;
  std::vector<ConvolutionShape> shapes{std::begin(all_shapes), std::end(all_shapes)};
};

// Seconds of the fastest round: Rondo's, then those of its peers.
struct Times {
  double seconds[1 + std::size(peers)];

  [[nodiscard]] double ratio(Peer peer) const {
    return seconds[1 + static_cast<std::size_t>(peer)] / seconds[0];
  }
};

// Of this processor: what others do meanwhile is not counted.
double seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Run>
double seconds_of(const Run& run, int calls) {
  const double start = seconds();
  for (int i = 0; i < calls; ++i) run();
  return (seconds() - start) / calls;
}

Times measure(ConvolutionRuns& runs, Layout pass, int rounds) {
  constexpr double round_seconds = 5e-3;
  Times best{};
  int calls[std::size(best.seconds)];
  const auto run = [&](std::size_t who) {
    if (who == 0) return runs.rondo(pass);
    runs.onednn(pass, peers[who - 1]);
  };
  for (std::size_t who = 0; who < std::size(calls); ++who) {
    run(who);  // pages, caches, code made at run time
    if (who > 0) {
      if (const double d = runs.difference(pass, peers[who - 1]); !(d < 1e-3)) {
        fmt::print("warning: {} differs by {}\n", name_of(peers[who - 1]), d);
      }
    }
    const double seconds = seconds_of([&] { run(who); }, 1);
    calls[who] = std::max(1, static_cast<int>(round_seconds / (seconds + 1e-9)));
    best.seconds[who] = std::numeric_limits<double>::infinity();
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t who = 0; who < std::size(calls); ++who) {
      best.seconds[who] = std::min(best.seconds[who], seconds_of([&] { run(who); }, calls[who]));
    }
  }
  return best;
}

void summary(const Options& options) {
  const std::string_view target = kernels::kernels().name;
  const double peak = fma_peak(target);
  fmt::print("rondo: {}; fma peak {:.1f} GFLOP/s; oneDNN {}, direct\n\n", target, peak / 1e9,
             onednn_version());
  fmt::print(
      "| pass | image -> filters | ours, ms | of peak | / oneDNN, NHWC | its kernel | / oneDNN, its layout "
      "| ");
  fmt::print("its kernel |\n|---|---|---|---|---|---|---|---|\n");
  for (const ConvolutionShape& shape : options.shapes) {
    ConvolutionRuns runs(shape);
    for (const Layout pass : layouts) {
      const Times times = measure(runs, pass, options.rounds);
      const double same = times.ratio(Peer::same_images);
      const double own = times.ratio(Peer::own_images);
      fmt::print("| {:7} | {:15} | {:7.3f} | {:4.2f} | {:4.2f} | {:24} | {:4.2f} | {:24} |{}\n",
                 name_of(pass), name_of(shape), times.seconds[0] * 1e3,
                 peak > 0 ? shape.operations() / times.seconds[0] / peak : 0, same,
                 runs.kernel(pass, Peer::same_images), own, runs.kernel(pass, Peer::own_images),
                 std::min(same, own) < goal ? " below the goal" : "");
      std::fflush(stdout);
    }
  }
}

template <class Run>
void register_one(const ConvolutionShape& shape, Layout pass, const char* who, Run run) {
  const std::string name = fmt::format("{}/{}/{}", name_of(pass), name_of(shape), who);
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    ConvolutionRuns runs(shape);
    run(runs);
    for (auto _ : state) run(runs);
    state.counters["flops"] =
        benchmark::Counter(shape.operations(), benchmark::Counter::kIsIterationInvariantRate);
  });
}

void register_all() {
  for (const ConvolutionShape& shape : all_shapes) {
    for (const Layout pass : layouts) {
      register_one(shape, pass, "rondo", [=](ConvolutionRuns& runs) { runs.rondo(pass); });
      for (const Peer peer : peers) {
        register_one(shape, pass, name_of(peer), [=](ConvolutionRuns& runs) { runs.onednn(pass, peer); });
      }
    }
  }
}

Options parse(int& count, char** arguments) {
  Options options;
  int kept = 1;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const auto value = [&] { return std::string(i + 1 < count ? arguments[++i] : ""); };
    if (argument == "--summary") {
      options.summary = true;
    } else if (argument == "--rounds") {
      options.rounds = std::atoi(value().c_str());
    } else if (argument == "--shapes") {
      ConvolutionShape one;
      if (std::sscanf(value().c_str(), "%zu,%zu,%zu", &one.size, &one.channels, &one.filters) == 3) {
        options.shapes = {one};
      }
    } else {
      arguments[kept++] = arguments[i];
    }
  }
  count = kept;
  return options;
}

int main_of(int count, char** arguments) {
  // oneDNN's threads are counted before main.
  const char* threads = std::getenv("OMP_NUM_THREADS");
  if (threads == nullptr || std::string_view(threads) != "1") {
    setenv("OMP_NUM_THREADS", "1", 1);
    execv("/proc/self/exe", arguments);
    std::perror("convolution_bench: execv");
    return 1;
  }
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
