// elements_bench --summary [--rounds N] [--only NAME]  one table of ratios
// elements_bench [Google Benchmark's flags]              every kernel and peer by itself
//
// The kernels that are not products against oneDNN and loops over libm, one thread each. The summary takes
// turns as that of products_bench does. A ratio above 1 means that Rondo is faster.
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

#include "element_works.h"
#include "product_runs.h"
#include "worker/kernels/table.h"

namespace rondo::bench {
namespace {

constexpr std::size_t million = std::size_t{1} << 20;

using Calls = std::array<const std::function<void()>*, 3>;

Calls calls_of(const Work& work) {
  return {&work.rondo, &work.onednn, &work.plain};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Seconds of a call of each: the fastest round. 0 where there is none.
std::array<double, 3> measure(const Work& work, int rounds) {
  constexpr double round_seconds = 1e-3;
  std::array<double, 3> best{};
  std::array<int, 3> repeats{};
  const Calls calls = calls_of(work);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!*calls[i]) continue;
    (*calls[i])();  // pages, caches, code made at run time
    const auto start = std::chrono::steady_clock::now();
    (*calls[i])();
    repeats[i] = std::max(1, static_cast<int>(round_seconds / (seconds_since(start) + 1e-9)));
    best[i] = std::numeric_limits<double>::infinity();
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!*calls[i]) continue;
      const auto start = std::chrono::steady_clock::now();
      for (int n = 0; n < repeats[i]; ++n) (*calls[i])();
      best[i] = std::min(best[i], seconds_since(start) / repeats[i]);
    }
  }
  return best;
}

void print_row(const Work& work, int rounds) {
  const auto [ours, dnn, plain] = measure(work, rounds);
  const auto ratio = [ours = ours](double peer) {
    return peer > 0 ? fmt::format("{:.2f}", peer / ours) : std::string("-");
  };
  fmt::print("| {:19} | {:12} | {:9.2f} | {:6.3f} | {:>6} | {:>6} | {:>5} |{}\n", work.name, work.extent,
             ours * 1e6, ours * 1e9 / work.elements, ratio(dnn), ratio(plain),
             work.bytes > 0 ? fmt::format("{:.1f}", work.bytes / ours * 1e-9) : "-",
             work.goal && dnn < ours ? " below 1" : "");
  std::fflush(stdout);
}

std::vector<Work> all_works() {
  std::vector<Work> works;
  const auto add = [&works](std::vector<Work> more) { works.insert(works.end(), more.begin(), more.end()); };
  for (const std::size_t units : {std::size_t{10}, std::size_t{64}, std::size_t{1024}}) {
    add(rows(million / units, units));
  }
  for (const std::size_t units : {std::size_t{10}, std::size_t{64}, std::size_t{512}}) add(rows(32, units));
  for (const std::size_t count : {std::size_t{4096}, million}) add(functions(count));
  for (const std::size_t count : {std::size_t{4096}, 8 * million}) add(updates(count));
  return works;
}

void summary(int rounds, std::string_view only) {
  fmt::print("rondo: {}; oneDNN {}\n\n", kernels::kernels().name, onednn_version());
  fmt::print(
      "| kernel | elements | ours, us | ns each | / oneDNN | / libm | GB/s "
      "|\n|---|---|---|---|---|---|---|\n");
  for (const Work& work : all_works()) {
    if (work.name.find(only) != std::string::npos) print_row(work, rounds);
  }
}

void register_all(const std::vector<Work>& works) {
  constexpr std::array<const char*, 3> names = {"rondo", "onednn", "libm"};
  for (const Work& work : works) {
    const Calls calls = calls_of(work);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!*calls[i]) continue;
      const std::string name = fmt::format("{}/{}/{}", work.name, work.extent, names[i]);
      benchmark::RegisterBenchmark(name.c_str(), [call = calls[i], &work](benchmark::State& state) {
        for (auto _ : state) (*call)();
        state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(work.elements));
        if (work.bytes > 0) {
          state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(work.bytes));
        }
      });
    }
  }
}

// oneDNN reads it before main: start once more when it is not as it should be.
void settle_environment(char** arguments) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  if (threads != nullptr && std::string_view(threads) == "1") return;
  setenv("OMP_NUM_THREADS", "1", 1);
  execv("/proc/self/exe", arguments);
  std::perror("elements_bench: execv");
  std::exit(1);
}

int main_of(int count, char** arguments) {
  settle_environment(arguments);
  int rounds = 15;
  std::string only;
  bool wanted = false;
  int kept = 1;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--summary") {
      wanted = true;
    } else if (argument == "--rounds" && i + 1 < count) {
      rounds = std::atoi(arguments[++i]);
    } else if (argument == "--only" && i + 1 < count) {
      only = arguments[++i];
    } else {
      arguments[kept++] = arguments[i];
    }
  }
  if (wanted) {
    summary(rounds, only);
    return 0;
  }
  const std::vector<Work> works = all_works();
  register_all(works);
  benchmark::Initialize(&kept, arguments);
  if (benchmark::ReportUnrecognizedArguments(kept, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace rondo::bench

int main(int count, char** arguments) {
  return rondo::bench::main_of(count, arguments);
}
