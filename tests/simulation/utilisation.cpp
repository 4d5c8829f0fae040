// rondo_utilisation: how busy the virtual schedule keeps its ranks, beside the same search with commit on
// arrival. Simulated time: no clock is read. Exit 1 when a ratio is below the promised one.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "tests/simulation/free_running.h"
#include "tests/simulation/verdict.h"

namespace rondo::simulation {

namespace {

constexpr double promised = 0.95;

// Costs over two orders of magnitude, and 30 % off their ticks; most trials stop early; V = 3 W.
Case search(std::uint64_t seed, std::uint32_t ranks, ProposerKind proposer, StopperKind stopper) {
  const bool rungs = stopper != StopperKind::none;
  Case result;
  result.seed = seed;
  WorkloadOptions& work = result.workload;
  work.seed = seed;
  work.proposer = proposer;
  work.stopper = stopper;
  work.lanes = 3 * ranks;
  // With rungs a search ends in a chain of promotions of one trial, which nobody can train side by side: it
  // is shorter here and stands behind more trials, so that it does not hide the rest.
  work.trials = (rungs ? 30 : 15) * std::uint64_t{ranks};
  work.epochs = rungs ? 9 : 30;
  work.most_ticks = 127;
  work.early_stop = 80;
  work.diverge = 3;
  work.too_large = 0;
  work.trials_ahead = 64;
  result.disturbers.ranks = ranks;
  result.disturbers.mispriced = 30;
  result.disturbers.report_single = 100;
  return result;
}

// The mean over the seeds.
bool row(std::uint32_t ranks, ProposerKind proposer, StopperKind stopper) {
  // A few ranks have few trials, and so one long trial at the end weighs much: as many trials in all.
  const std::uint64_t seeds = std::max<std::uint64_t>(3, 160 / ranks);
  double ours = 0;
  double free = 0;
  double makespans = 0;
  double discarded = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Case simulation = search(seed, ranks, proposer, stopper);
    const Usage one = virtual_time(simulation);
    const Usage other = free_running(simulation);
    ours += one.utilisation() / static_cast<double>(seeds);
    free += other.utilisation() / static_cast<double>(seeds);
    discarded += static_cast<double>(one.trained - one.useful) /
                 (static_cast<double>(one.makespan) * ranks * static_cast<double>(seeds));
    makespans +=
        static_cast<double>(one.makespan) / static_cast<double>(other.makespan) / static_cast<double>(seeds);
  }
  const double ratio = ours / free;
  fmt::print("{:5}  {:5}  {:8}  {:6}  {:8.3f}  {:8.3f}  {:8.3f}  {:8.3f}  {:8.3f}{}\n", ranks, 3 * ranks,
             proposer == ProposerKind::free ? "nothing" : "history",
             stopper == StopperKind::none ? "none" : "rungs", ours, free, ratio, makespans, discarded,
             ratio < promised ? "  below what is promised" : "");
  return ratio >= promised;
}

int run() {
  fmt::print("ranks  lanes  reads     stops   ours      free      ratio     makespan  discarded\n");
  bool good = true;
  for (const StopperKind stopper : {StopperKind::none, StopperKind::ladder}) {
    for (const ProposerKind proposer : {ProposerKind::free, ProposerKind::reading}) {
      for (const std::uint32_t ranks : {4U, 16U, 64U}) good = row(ranks, proposer, stopper) && good;
    }
  }
  return good ? 0 : 1;
}

}  // namespace

}  // namespace rondo::simulation

int main() {
  try {
    return rondo::simulation::run();
  } catch (const rondo::simulation::Violation& violation) {
    fmt::print(stderr, "{}: {}\n", rondo::simulation::name_of(violation.verdict), violation.message);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
  return 1;
}
