#!/usr/bin/python3
"""What lanes cost in quality: regret of each sampler with 1 to 64 trials at a time, and the default that follows.

  lanes.py --regret build/release/tests/bench/regret --work FOLDER [--lanes 1 2 4 8 16 32 64] [--trials 100 400]
           [--samplers random,sobol,…] [--seeds 30] [--fewer gp:400=2,…] [--svg lanes.svg]

The functions are regret.py's scoring ones, its clock and files too. A sampler's *share* is its median regret over the seeds, divided by
random search's after as many trials, in the mean over the functions: 0 finds every optimum, 1 is no better than random search, whose
regret no number of lanes changes. The rule for the default: the largest V at which the default sampler, portfolio, after the default number of
trials, 100, still has KEPT of the lead over random search that it has at V = 1. The default is changed only if that is clear: if it has it in CLEAR of
RESAMPLES drawn from the seeds with replacement. `--fewer` names samplers that have fewer
seeds for a number of trials, or none: then they are left out of that table.

Prints a Markdown table for each number of trials: the share, and in brackets the mean over the functions of V's rank among this sampler's
medians; the last lines say how much of the lead is left and which V the rule gives.
"""
import argparse
import pathlib
import subprocess
import sys

import numpy
from scipy.stats import rankdata

import plots
import regret

KEPT, CLEAR, RESAMPLES = 0.75, 0.95, 1000
DEFAULT_SAMPLER, DEFAULT_TRIALS, PRESENT = "portfolio", 100, 16


def ends_of(arguments, names, sampler, trials):
    """Function: for each of the numbers of lanes the regret of every seed."""
    seeds = arguments.fewer.get(f"{sampler}:{trials}", arguments.seeds)
    limits = argparse.Namespace(regret=arguments.regret, work=arguments.work, peers=[], trials=trials, seeds=seeds)
    return {name: numpy.array([[curve[-1] for curve in regret.curves_of(limits, name, sampler, lanes)]
                               for lanes in arguments.lanes]) for name in names}


def share_of(ends, random):
    return numpy.mean([numpy.median(ends[name], axis=1) / random[name] for name in ends], axis=0)


def lead_left(share):
    return (1 - share) / (1 - share[0])


def agreeing(ends, random, place):
    """Of the resamples, how many keep enough of the lead with that number of lanes."""
    draws, agree = numpy.random.default_rng(0), 0
    for _ in range(RESAMPLES):
        drawn = {name: numpy.array([draws.choice(line, len(line)) for line in lines]) for name, lines in ends.items()}
        agree += lead_left(share_of(drawn, random))[place] >= KEPT
    return agree / RESAMPLES


def table(arguments, ends, random, trials):
    shares = {sampler: share_of(lines, random) for sampler, lines in ends.items()}
    ranks = {sampler: numpy.mean([rankdata(numpy.median(lines[name], axis=1)) for name in lines], axis=0)
             for sampler, lines in ends.items()}
    seeds = {sampler: arguments.fewer.get(f"{sampler}:{trials}", arguments.seeds) for sampler in shares}
    print(f"\n{trials} trials\n")
    print("| V | " + " | ".join(f"{sampler}, {seeds[sampler]} seeds" for sampler in shares) + " |")
    print("|---" * (len(shares) + 1) + "|")
    for place, lanes in enumerate(arguments.lanes):
        print(f"| {lanes} | " + " | ".join(f"{shares[sampler][place]:.3f} ({ranks[sampler][place]:.1f})"
                                          for sampler in shares) + " |")
    print()
    for sampler, share in shares.items():
        if share[0] > 0.9:
            continue
        left = lead_left(share)
        place = max(place for place, kept in enumerate(left) if kept >= KEPT)
        agree = agreeing(ends[sampler], random, place)
        present = arguments.lanes.index(PRESENT) if PRESENT in arguments.lanes else place
        clear = "clear" if agree >= CLEAR else "not clear"
        mark = f"; by the rule, and {clear}" if (sampler, trials) == (DEFAULT_SAMPLER, DEFAULT_TRIALS) else ""
        print(f"- {sampler}: of the lead are left " + ", ".join(f"{kept:.2f}" for kept in left) +
              f": V = {arguments.lanes[place]} (in {100 * agree:.0f} % of the resamples; {arguments.lanes[present]} in "
              f"{100 * agreeing(ends[sampler], random, present):.0f} %){mark}", flush=True)


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
        random = {name: numpy.median(lines, axis=1)
                  for name, lines in ends_of(arguments, names, "random", trials).items()}
        ends = {sampler: ends_of(arguments, names, sampler, trials) for sampler in arguments.samplers
                if arguments.fewer.get(f"{sampler}:{trials}") != 0}
        table(arguments, ends, random, trials)
        panels.append((f"{trials} trials", {sampler: list(zip(arguments.lanes, share_of(lines, random)))
                                            for sampler, lines in ends.items()}))
    if arguments.svg:
        plots.write(arguments.svg, panels, (lambda: plots.Axis("lanes", True, arguments.lanes),
                                            lambda: plots.Axis("regret, as a share of random search's", True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
