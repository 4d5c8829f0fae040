// rondo_simulate: random searches on a simulated cluster, each from a seed, compared with the reference.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/base/text.h"
#include "tests/simulation/case.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/pairs.h"

namespace rondo::simulation {

namespace {

constexpr const char* usage =
    "rondo_simulate --seed S [--count N] [--expect VERDICTS]   seeds S to S + N - 1\n"
    "                         [--proposer KIND]                instead of the drawn one: workload.h's "
    "number\n"
    "                         [--stopper KIND]                 likewise\n"
    "                         [--objective KIND]               likewise: 0 several, 1 maximise, 2 "
    "minimise\n"
    "rondo_simulate --pairs N [--seed S] [--proposer KIND]     N seeds, from S on, for each of pairs.h's "
    "rows,\n"
    "                                                          or for those of one sampler\n"
    "rondo_simulate --case FILE [--expect VERDICTS]            lines of 'name value', the seed first\n"
    "exit 0: every journal equals the reference's; 2: usage; 3: crash; 4: no progress; 5: divergence;\n"
    "6: a rank waits for a decision; 7: a bad command. With --expect a,b: 0 as soon as a simulation\n"
    "ends in one of the named verdicts, 1 when none does.\n";

constexpr auto most_proposer = static_cast<std::uint64_t>(ProposerKind::reading_ends);
constexpr auto most_stopper = static_cast<std::uint64_t>(StopperKind::patience);
constexpr auto most_objective = static_cast<std::uint64_t>(ObjectiveKind::minimise);

struct Arguments {
  std::uint64_t seed = 0;
  std::uint64_t count = 1;
  std::optional<std::uint64_t> proposer;
  std::optional<std::uint64_t> stopper;
  std::optional<std::uint64_t> objective;
  std::uint64_t pairs = 0;
  std::string file;
  std::string expect;
};

std::optional<Arguments> parse(std::span<char* const> words) {
  Arguments result;
  bool any = false;
  for (std::size_t index = 1; index + 1 < words.size(); index += 2) {
    const std::string_view name = words[index];
    const std::string_view value = words[index + 1];
    const auto number = parse_u64(value);
    if (name == "--seed" && number) {
      result.seed = *number;
      any = true;
    } else if (name == "--count" && number) {
      result.count = *number;
    } else if (name == "--proposer" && number && *number <= most_proposer) {
      result.proposer = *number;
    } else if (name == "--stopper" && number && *number <= most_stopper) {
      result.stopper = *number;
    } else if (name == "--objective" && number && *number <= most_objective) {
      result.objective = *number;
    } else if (name == "--pairs" && number && *number > 0) {
      result.pairs = *number;
      any = true;
    } else if (name == "--case") {
      result.file = value;
      any = true;
    } else if (name == "--expect") {
      result.expect = value;
    } else {
      return std::nullopt;
    }
  }
  if (!any || words.size() % 2 == 0) return std::nullopt;
  return result;
}

// What a failure prints: for the handler of a crash, it is ready before the simulation starts.
std::string about_current;
std::string expected;

bool is_expected(Verdict verdict) {
  std::string_view rest = expected;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (rest.substr(0, comma) == name_of(verdict)) return true;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return false;
}

[[noreturn]] void stop(Verdict verdict, const std::string& message) {
  if (is_expected(verdict)) {
    fmt::print("as expected, {}: {}\n", name_of(verdict), message);
    std::fflush(stdout);
    std::_Exit(0);
  }
  std::fflush(stdout);
  fmt::print(stderr, "{}: {}\n{}", name_of(verdict), message, about_current);
  std::fflush(stderr);
  std::_Exit(static_cast<int>(verdict));
}

extern "C" void crashed(int signal) {
  stop(Verdict::crash, fmt::format("signal {}", signal));
}

std::string about(const Case& simulation, const std::string& again) {
  return fmt::format("--- the options\n{}--- again: {}\n", describe(simulation), again);
}

Tally simulate(const Case& simulation, const std::string& again) {
  about_current = about(simulation, again);
  try {
    return Cluster(simulation).run();
  } catch (const Violation& violation) {
    // What a change breaks can show in several ways, one seed's in this and another's in that.
    if (expected.empty() || is_expected(violation.verdict)) stop(violation.verdict, violation.message);
    return {};
  } catch (const std::exception& error) {
    stop(Verdict::crash, error.what());
  }
}

void add(Tally& sum, const Tally& one) {
  sum.events += one.events;
  sum.records += one.records;
  sum.deaths += one.deaths;
  sum.launches += one.launches;
  sum.faults += one.faults;
}

Tally simulate_seeds(const Arguments& arguments, std::string_view program) {
  Tally sum;
  for (std::uint64_t seed = arguments.seed; seed - arguments.seed < arguments.count; ++seed) {
    Case drawn = draw_case(seed);
    std::string again = fmt::format("{} --seed {}", program, seed);
    if (arguments.proposer) {
      drawn.workload.proposer = static_cast<ProposerKind>(*arguments.proposer);
      again += fmt::format(" --proposer {}", *arguments.proposer);
    }
    if (arguments.stopper) {
      drawn.workload.stopper = static_cast<StopperKind>(*arguments.stopper);
      again += fmt::format(" --stopper {}", *arguments.stopper);
    }
    if (arguments.objective) {
      drawn.workload.objective = static_cast<ObjectiveKind>(*arguments.objective);
      again += fmt::format(" --objective {}", *arguments.objective);
    }
    add(sum, simulate(drawn, again));
  }
  return sum;
}

// Other seeds for every row.
Tally simulate_pairs(const Arguments& arguments, std::string_view program) {
  Tally sum;
  Arguments row = arguments;
  fmt::print("| sampler | stopper | objective | seeds | records |\n|---|---|---|---|---|\n");
  for (const Pair& pair : pairs(arguments.pairs)) {
    row.count = pair.schedules;
    if (arguments.proposer && pair.sampler != static_cast<ProposerKind>(*arguments.proposer)) {
      row.seed += row.count;
      continue;
    }
    row.proposer = static_cast<std::uint64_t>(pair.sampler);
    row.stopper = static_cast<std::uint64_t>(pair.stopper);
    row.objective = static_cast<std::uint64_t>(pair.objective);
    const Tally tally = simulate_seeds(row, program);
    add(sum, tally);
    fmt::print("| {} | {} | {} | {} to {} | {} |\n", pair.sampler_name, pair.stopper_name,
               pair.objective_name, row.seed, row.seed + row.count - 1, tally.records);
    std::fflush(stdout);
    row.seed += row.count;
  }
  return sum;
}

int run(std::span<char* const> words) {
  const std::optional<Arguments> arguments = parse(words);
  if (!arguments) {
    fmt::print(stderr, "{}", usage);
    return static_cast<int>(Verdict::usage);
  }
  expected = arguments->expect;
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(signal, crashed);
  Tally sum;
  if (!arguments->file.empty()) {
    std::ifstream file(arguments->file);
    if (!file) throw_bad_input("{}: cannot be read", arguments->file);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    add(sum, simulate(parse_case(text), fmt::format("{} --case {}", words[0], arguments->file)));
  } else if (arguments->pairs > 0) {
    add(sum, simulate_pairs(*arguments, words[0]));
  } else {
    add(sum, simulate_seeds(*arguments, words[0]));
  }
  fmt::print(
      "{} events, {} records, {} launches, {} ranks lost, {} faults: every journal equals the reference\n",
      sum.events, sum.records, sum.launches, sum.deaths, sum.faults);
  if (expected.empty()) return 0;
  fmt::print(stderr, "no simulation ended in {}\n", expected);
  return 1;
}

}  // namespace

}  // namespace rondo::simulation

int main(int count, char** words) {
  try {
    return rondo::simulation::run(std::span<char* const>(words, static_cast<std::size_t>(count)));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return static_cast<int>(rondo::simulation::Verdict::usage);
  }
}
