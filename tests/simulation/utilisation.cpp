// rondo_utilisation: how busy the virtual schedule keeps its ranks, beside the same search with commit on
// arrival. Simulated time: no clock is read. Exit 1 when a ratio is below the promised one.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

#include "tests/simulation/free_running.h"
#include "tests/simulation/verdict.h"

namespace rondo::simulation {

namespace {

// Of the free-running search's utilisation.
constexpr double promised = 0.95;
constexpr double promised_with_stragglers = 0.9;

struct Row {
  std::uint32_t ranks;
  ProposerKind proposer;
  StopperKind stopper = StopperKind::none;
  std::uint64_t stragglers = 0;  // percent of the attempts that take 5 times as long
  bool second_copies = false;
};

// Costs over two orders of magnitude, and 30 % off their ticks; most trials stop early; V = 3 W.
Case search(std::uint64_t seed, const Row& row) {
  const bool rungs = row.stopper != StopperKind::none;
  Case result;
  result.seed = seed;
  WorkloadOptions& work = result.workload;
  work.seed = seed;
  work.proposer = row.proposer;
  work.stopper = row.stopper;
  work.lanes = 3 * row.ranks;
  // With rungs a search ends in a chain of promotions of one trial, which nobody can train side by side: it
  // is shorter here and stands behind more trials, so that it does not hide the rest.
  work.trials = (rungs ? 30 : 15) * std::uint64_t{row.ranks};
  work.epochs = rungs ? 9 : 30;
  work.reduction = 3;
  work.most_ticks = 127;
  work.early_stop = 80;
  work.diverge = 3;
  work.too_large = 0;
  work.trials_ahead = 64;
  work.second_copies = row.second_copies;
  result.disturbers.ranks = row.ranks;
  result.disturbers.mispriced = 30;
  result.disturbers.report_single = 100;
  result.disturbers.stragglers = row.stragglers;
  return result;
}

// The mean over the seeds.
bool print(const Row& row) {
  // A few ranks have few trials, and so one long trial at the end weighs much: as many trials in all.
  const std::uint64_t seeds = row.ranks > 256 ? 2 : std::max<std::uint64_t>(8, 160 / row.ranks);
  double ours = 0;
  double free = 0;
  double batches = 0;
  double makespans = 0;
  double discarded = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Case simulation = search(seed, row);
    const Usage one = virtual_time(simulation);
    const Usage other = free_running(simulation);
    batches += in_batches(simulation).utilisation() / static_cast<double>(seeds);
    ours += one.utilisation() / static_cast<double>(seeds);
    free += other.utilisation() / static_cast<double>(seeds);
    discarded += (static_cast<double>(one.trained) - static_cast<double>(one.useful)) /
                 (static_cast<double>(one.makespan) * row.ranks * static_cast<double>(seeds));
    makespans +=
        static_cast<double>(one.makespan) / static_cast<double>(other.makespan) / static_cast<double>(seeds);
  }
  const double ratio = ours / free;
  const bool asked = row.stragglers == 0 || row.second_copies;
  const bool good = !asked || ratio >= (row.stragglers == 0 ? promised : promised_with_stragglers);
  fmt::print("{:5}  {:5}  {:8}  {:6}  {:8} %  {:6}  {:8.3f}  {:8.3f}  {:8.3f}  {:8.3f}  {:8.3f}  {:8.3f}{}\n",
             row.ranks, 3 * row.ranks, row.proposer == ProposerKind::free ? "nothing" : "history",
             row.stopper == StopperKind::none ? "none" : "rungs", row.stragglers,
             row.second_copies ? "second" : "none", ours, free, batches, ratio, makespans, discarded,
             good ? "" : "  below what is promised");
  std::fflush(stdout);
  return good;
}

int run(bool large) {
  fmt::print(
      "ranks  lanes  reads     stops   stragglers  copies  ours      free      batches   ratio     makespan  "
      "discarded\n");
  bool good = true;
  const std::vector<std::uint32_t> sizes =
      large ? std::vector<std::uint32_t>{256, 1024} : std::vector<std::uint32_t>{4, 16, 64};
  for (const StopperKind stopper : {StopperKind::none, StopperKind::asha}) {
    for (const ProposerKind proposer : {ProposerKind::free, ProposerKind::reading_ends}) {
      for (const std::uint32_t ranks : sizes) good = print({ranks, proposer, stopper}) && good;
    }
  }
  for (const ProposerKind proposer : {ProposerKind::free, ProposerKind::reading_ends}) {
    for (const std::uint32_t ranks : sizes) {
      for (const bool copies : {false, true}) {
        good = print({ranks, proposer, StopperKind::none, 1, copies}) && good;
      }
    }
  }
  return good ? 0 : 1;
}

}  // namespace

}  // namespace rondo::simulation

int main(int argc, char** argv) {
  try {
    const std::string_view size = argc > 1 ? argv[1] : "";
    if (argc > 2 || (!size.empty() && size != "--large")) {
      fmt::print(stderr,
                 "usage: rondo_utilisation [--large]   (256 and 1,024 ranks instead of 4 to 64; minutes)\n");
      return 2;
    }
    return rondo::simulation::run(!size.empty());
  } catch (const rondo::simulation::Violation& violation) {
    fmt::print(stderr, "{}: {}\n", rondo::simulation::name_of(violation.verdict), violation.message);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
  return 1;
}
