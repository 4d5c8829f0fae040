// check_inputs [--digests] [--one-in N] [--seed S] [--threads T] [--target NAME] [--hard FILE] [FUNCTION…]
//
// Every float as input (with --one-in a seeded part of them, in runs of 4096) to every function named
// (default: all five) of every target that this CPU has (or of the one named). Prints the number of wrong
// results; the exit code is 1 when there is one. --hard writes the inputs whose results are closest to a
// rounding boundary, as lines for tests/data/numerics. --digests checks nothing: it prints one digest of all
// results for every target, which takes a fraction of the time and compares targets and compilers with a
// checked one.
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/digest.h"
#include "reference.h"
#include "worker/kernels/table.h"

namespace rondo::exhaustive {
namespace {

constexpr std::uint32_t run = 4096;
constexpr std::uint32_t runs = 0x100000000 / run;
constexpr int hard = 46;  // about one in 2^23

struct Options {
  std::uint32_t one_in = 1;
  std::uint32_t seed = 0;
  unsigned threads = 2;
  bool digests = false;
  std::vector<const kernels::KernelTable*> targets;
  std::string hard_file;
  std::vector<std::string_view> names;
};

using Kernel = void (*)(std::size_t, const float*, float*);

Kernel kernel_of(const kernels::KernelTable& table, std::string_view name) {
  if (name == "exp") return table.exp;
  if (name == "tanh") return table.tanh;
  if (name == "erf") return table.erf;
  if (name == "log") return table.log;
  if (name == "log1p") return table.log1p;
  throw std::invalid_argument("no function " + std::string(name));
}

bool chosen(const Options& options, std::uint32_t number) {
  std::uint64_t h = (std::uint64_t{options.seed} << 32 | number) * 0x9e3779b97f4a7c15;
  h = (h ^ h >> 31) * 0xbf58476d1ce4e5b9;
  return (h >> 32) % options.one_in == 0;
}

// Results are shared by the threads; what is printed under the lock may come in any order.
struct Tally {
  std::atomic<std::uint32_t> next{0};
  std::atomic<std::uint64_t> checked{0};
  std::atomic<std::uint64_t> wrong{0};
  std::mutex lock;
  std::FILE* hard_cases = nullptr;
};

bool same(float a, float b) {
  return (a != a && b != b) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

void check_run(const Function& function, const Options& options, std::uint32_t number, Tally& tally) {
  std::vector<float> x(run);
  std::vector<float> wanted(run);
  std::vector<float> given(run);
  for (std::uint32_t i = 0; i < run; ++i) {
    x[i] = std::bit_cast<float>(number * run + i);
    const Rounded r = rounded(function, x[i]);
    wanted[i] = r.value;
    if (r.closeness >= hard && tally.hard_cases != nullptr) {
      const std::scoped_lock lock(tally.lock);
      std::fprintf(tally.hard_cases, "%08x %08x  # 2^-%d\n", std::bit_cast<std::uint32_t>(x[i]),
                   std::bit_cast<std::uint32_t>(r.value), r.closeness);
    }
  }
  for (const kernels::KernelTable* table : options.targets) {
    kernel_of(*table, function.name)(run, x.data(), given.data());
    for (std::uint32_t i = 0; i < run; ++i) {
      if (same(given[i], wanted[i])) continue;
      if (tally.wrong.fetch_add(1) >= 20) continue;
      const std::scoped_lock lock(tally.lock);
      std::printf("%s %s(%a) = %a, not %a\n", table->name, function.name.data(), static_cast<double>(x[i]),
                  static_cast<double>(given[i]), static_cast<double>(wanted[i]));
    }
  }
  tally.checked += run;
}

std::uint64_t check(const Function& function, const Options& options) {
  Tally tally;
  if (!options.hard_file.empty()) {
    tally.hard_cases = std::fopen((options.hard_file + "." + std::string(function.name)).c_str(), "w");
    if (tally.hard_cases == nullptr) throw std::invalid_argument("cannot write " + options.hard_file);
  }
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < options.threads; ++t) {
    threads.emplace_back([&] {
      for (std::uint32_t number = tally.next++; number < runs; number = tally.next++) {
        if (chosen(options, number)) check_run(function, options, number, tally);
      }
    });
  }
  threads.clear();
  if (tally.hard_cases != nullptr) std::fclose(tally.hard_cases);
  std::printf("%s: %llu wrong results of %llu inputs on %zu targets\n", function.name.data(),
              static_cast<unsigned long long>(tally.wrong), static_cast<unsigned long long>(tally.checked),
              options.targets.size());
  std::fflush(stdout);
  return tally.wrong;
}

// One digest a target, of the results in the order of the inputs' bits; every NaN is the same one.
void print_digests(const Function& function, const Options& options) {
  std::vector<std::string> digests(options.targets.size());
  std::atomic<std::size_t> next{0};
  const auto digest = [&](const kernels::KernelTable& table) {
    std::vector<float> x(run);
    std::vector<float> y(run);
    Xxh3 hash;
    for (std::uint32_t number = 0; number < runs; ++number) {
      if (!chosen(options, number)) continue;
      for (std::uint32_t i = 0; i < run; ++i) x[i] = std::bit_cast<float>(number * run + i);
      kernel_of(table, function.name)(run, x.data(), y.data());
      for (float& value : y) value = value == value ? value : std::bit_cast<float>(0x7fc00000U);
      hash.update(std::as_bytes(std::span(y)));
    }
    return to_hex(hash.finish());
  };
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < options.threads; ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < digests.size(); i = next++) digests[i] = digest(*options.targets[i]);
    });
  }
  threads.clear();
  for (std::size_t i = 0; i < digests.size(); ++i) {
    std::printf("%s %s %s\n", function.name.data(), digests[i].c_str(), options.targets[i]->name);
  }
  std::fflush(stdout);
}

Options parse(int count, char** words) {
  Options options;
  for (const kernels::KernelTable* table : kernels::available_tables()) options.targets.push_back(table);
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with("--")) {
      options.names.push_back(word);
      continue;
    }
    if (word == "--digests") {
      options.digests = true;
      continue;
    }
    if (i + 1 == count) throw std::invalid_argument(std::string(word) + " needs a value");
    const std::string value = words[++i];
    if (word == "--hard") {
      options.hard_file = value;
    } else if (word == "--target") {
      options.targets = {&kernels::table_named(value)};
    } else if (word == "--one-in") {
      options.one_in = static_cast<std::uint32_t>(std::stoul(value));
    } else if (word == "--seed") {
      options.seed = static_cast<std::uint32_t>(std::stoul(value));
    } else if (word == "--threads") {
      options.threads = static_cast<unsigned>(std::stoul(value));
    } else {
      throw std::invalid_argument("unknown option " + std::string(word));
    }
  }
  if (options.one_in == 0 || options.threads == 0) throw std::invalid_argument("not 0, please");
  for (const std::string_view name : options.names) kernel_of(*kernels::available_tables()[0], name);
  return options;
}

}  // namespace
}  // namespace rondo::exhaustive

int main(int count, char** words) try {
  using namespace rondo::exhaustive;
  const Options options = parse(count, words);
  std::uint64_t wrong = 0;
  for (const Function& function : functions()) {
    bool wanted = options.names.empty();
    for (const std::string_view name : options.names) wanted = wanted || name == function.name;
    if (wanted && options.digests) {
      print_digests(function, options);
    } else if (wanted) {
      wrong += check(function, options);
    }
  }
  return wrong == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "check_inputs: %s\n", error.what());
  return 2;
}
