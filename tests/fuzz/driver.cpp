// A bounded run: the parser's own seeds, the corpus, then mutations of both from a seed. What ends the
// process is written to a file first, with the command that runs it again.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

// Sanitizers end the process without a signal.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace rondo::fuzz {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 16U;
constexpr unsigned longest_seconds = 60;  // of one input; more is a loop without an end

// What a dying process needs lies ready, because it may not allocate any more.
struct Current {
  std::string input;
  std::string file;     // where a failing input goes
  std::string message;  // what is said then
};
Current current;

void write_all(int file, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(file, bytes.data() + done, bytes.size() - done);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

void tell() {
  const int file = open(current.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0) {
    write_all(file, current.input);
    close(file);
  }
  write_all(STDERR_FILENO, current.message);
}

void on_signal(int number) {
  tell();
  signal(number, SIG_DFL);
  raise(number);
}

void watch() {
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(tell);
  std::vector<int> signals = {SIGABRT, SIGALRM};
  // With sanitizers these are theirs.
  if (__sanitizer_set_death_callback == nullptr)
    signals.insert(signals.end(), {SIGSEGV, SIGBUS, SIGFPE, SIGILL});
  for (const int number : signals) signal(number, on_signal);
}

struct Options {
  std::string program;
  std::uint64_t iterations = 0;
  std::uint64_t seed = 1;
  std::string write_seeds;
  std::vector<std::string> paths;
};

void run(const Options& options, std::string input, const std::string& what) {
  current.input = std::move(input);
  current.file = fmt::format("{}-{}-failed.input", std::filesystem::path(options.program).filename().string(),
                             options.seed);
  current.message = fmt::format("\n{} failed ({}); its input is kept. Run it again:\n  {} {}\n",
                                options.program, what, options.program, current.file);
  alarm(longest_seconds);
  test_one(current.input);
  alarm(0);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fmt::print(stderr, "cannot read '{}'\n", path);
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Files, and the files of folders by name.
std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const std::size_t first = files.size();
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
  }
  return files;
}

int fuzz(const Options& options) {
  watch();
  std::vector<std::string> inputs;
  for (const std::string& path : files_of(options.paths)) {
    inputs.push_back(read(path));
    run(options, inputs.back(), path);
  }
  if (options.iterations == 0) return 0;
  for (std::string& seed : seeds()) {
    run(options, seed, fmt::format("seed input {}", inputs.size()));
    inputs.push_back(std::move(seed));
  }
  for (std::uint64_t i = 0; i < options.iterations; ++i) {
    Dice dice(options.seed, static_cast<std::uint32_t>(i));
    run(options, mutated(inputs, dice, most_bytes),
        fmt::format("iteration {} of --seed {}", i, options.seed));
  }
  fmt::print("{}: {} inputs and {} mutations of --seed {}\n", options.program, inputs.size(),
             options.iterations, options.seed);
  return 0;
}

int write_seeds(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const std::vector<std::string> all = seeds();
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::ofstream file(fmt::format("{}/seed-{}", folder, i), std::ios::binary);
    file.write(all[i].data(), static_cast<std::streamsize>(all[i].size()));
  }
  return 0;
}

int usage(const std::string& program) {
  fmt::print(stderr,
             "usage: {0} FILE…                                 runs these inputs\n"
             "       {0} --iterations N [--seed S] [PATH…]     and mutations of them and of the seeds\n"
             "       {0} --write-seeds FOLDER                  writes the seeds, for libFuzzer\n",
             program);
  return 2;
}

}  // namespace
}  // namespace rondo::fuzz

int main(int count, char** arguments) {
  using namespace rondo::fuzz;
  Options options;
  options.program = arguments[0];
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (!argument.starts_with("--")) {
      options.paths.push_back(argument);
      continue;
    }
    if (i + 1 == count) return usage(options.program);
    const std::string value = arguments[++i];
    const auto number = rondo::parse_u64(value);
    if (argument == "--write-seeds") {
      options.write_seeds = value;
    } else if (argument == "--iterations" && number) {
      options.iterations = *number;
    } else if (argument == "--seed" && number) {
      options.seed = *number;
    } else {
      return usage(options.program);
    }
  }
  if (!options.write_seeds.empty()) return write_seeds(options.write_seeds);
  if (options.iterations == 0 && options.paths.empty()) return usage(options.program);
  return fuzz(options);
}
