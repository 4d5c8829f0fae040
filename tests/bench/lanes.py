#!/usr/bin/python3
"""What lanes cost in quality: regret of each sampler with 1 to 64 trials at a time, and the default that follows.

  lanes.py --regret build/release/tests/bench/regret --work FOLDER [--lanes 1 2 4 8 16 32 64] [--trials 100 400]
           [--samplers random,sobol,…] [--seeds 30] [--fewer gp:400=2,…] [--svg lanes.svg]

The functions are regret.py's scoring ones, its clock and files too. A sampler's *share* is its median regret over the seeds, divided by
random search's after as many trials, in the mean over the functions: 0 finds every optimum, 1 is no better than random search, whose
regret no number of lanes changes. The rule for the default: the largest V at which the default sampler, portfolio, after the default number of
trials, 100, still has KEPT of the lead over random search that it has at V = 1. `--fewer` names samplers that have fewer
seeds for a number of trials, or none: then they are left out of that table.

Prints a Markdown table for each number of trials: the share, and in brackets the mean over the functions of V's rank among this sampler's
medians; the last lines say how much of the lead is left and which V the rule gives.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys

import numpy
from scipy.stats import rankdata

import plots
import regret

KEPT = 0.75
DEFAULT_SAMPLER, DEFAULT_TRIALS = "portfolio", 100


def medians_of(arguments, names, sampler, trials):
    """Function: median regret for each of the numbers of lanes."""
    seeds = arguments.fewer.get(f"{sampler}:{trials}", arguments.seeds)
    limits = argparse.Namespace(regret=arguments.regret, work=arguments.work, peers=[], trials=trials, seeds=seeds)
    return {name: [statistics.median(curve[-1] for curve in regret.curves_of(limits, name, sampler, lanes))
                   for lanes in arguments.lanes] for name in names}


def table(arguments, shares, ranks, trials):
    seeds = {sampler: arguments.fewer.get(f"{sampler}:{trials}", arguments.seeds) for sampler in shares}
    print(f"\n{trials} trials\n")
    print("| V | " + " | ".join(f"{sampler}, {seeds[sampler]} seeds" for sampler in shares) + " |")
    print("|---" * (len(shares) + 1) + "|")
    for place, lanes in enumerate(arguments.lanes):
        print(f"| {lanes} | " + " | ".join(f"{shares[sampler][place]:.3f} ({ranks[sampler][place]:.1f})"
                                          for sampler in shares) + " |")
    for sampler in shares:
        lead = 1 - shares[sampler][0]
        if lead < 0.1:
            continue
        left = [(1 - share) / lead for share in shares[sampler]]
        largest = max(lanes for lanes, kept in zip(arguments.lanes, left) if kept >= KEPT)
        mark = "; the rule" if (sampler, trials) == (DEFAULT_SAMPLER, DEFAULT_TRIALS) else ""
        print(f"\n{sampler}: of the lead are left " + ", ".join(f"{kept:.2f}" for kept in left) + f": V = {largest}{mark}", end="")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regret", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--lanes", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--trials", type=int, nargs="+", default=[100, 400])
    parser.add_argument("--samplers", type=lambda text: text.split(","),
                        default=["random", "sobol", "evolution", "greedy", "tpe", "cmaes", "gp", "portfolio"])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--fewer", default={}, type=lambda text: {
        one.split("=")[0]: int(one.split("=")[1]) for one in text.split(",")})
    parser.add_argument("--svg", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    names = subprocess.run([arguments.regret, "list", "scoring"], check=True, capture_output=True, text=True).stdout.split()
    panels = []
    for trials in arguments.trials:
        random = medians_of(arguments, names, "random", trials)
        shares, ranks = {}, {}
        for sampler in arguments.samplers:
            if arguments.fewer.get(f"{sampler}:{trials}") == 0:
                continue
            medians = medians_of(arguments, names, sampler, trials)
            shares[sampler] = numpy.mean([numpy.divide(medians[name], random[name]) for name in names], axis=0)
            ranks[sampler] = numpy.mean([rankdata(medians[name]) for name in names], axis=0)
        table(arguments, shares, ranks, trials)
        panels.append((f"{trials} trials", {sampler: list(zip(arguments.lanes, share)) for sampler, share in shares.items()}))
    if arguments.svg:
        plots.write(arguments.svg, panels, (lambda: plots.Axis("lanes", True, arguments.lanes),
                                            lambda: plots.Axis("regret, as a share of random search's", True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
