#!/usr/bin/python3
"""Scores on the test rows against trials and against ticks, for each sampler and each stopper.

  curves.py --rondo build/release/coordinator/cli/rondo --work FOLDER [--seeds 5] [--lanes 16] [--svg FOLDER] [--only samplers|stoppers]

A point is a whole search of so many trials: its best score on the validation rows, and the score of the model that it
leaves on the test rows, which no search sees. Samplers search without a stopper, stoppers with random networks and, because most
of their trials are short, with more of them. Prints Markdown tables of medians over the seeds, and writes
samplers.svg and stoppers.svg.
"""
import argparse
import pathlib
import statistics

import plots
import stoppers

SAMPLERS = ["random", "grid", "sobol", "evolution", "greedy", "nsga2", "tpe", "cmaes", "gp", "portfolio"]
STOPPERS = ["none", "median", "asha", "hyperband"]
TRIALS = [5, 10, 20, 50]
MORE_TRIALS = [100, 200, 400]


def points(arguments, table, sampler, stopper):
    """(trials, ticks, validation, test), medians over the seeds, for each number of trials."""
    result = []
    for trials in TRIALS + (MORE_TRIALS if stopper != "none" else []):
        runs = [stoppers.search(arguments, table, seed, stopper, trials, 0, sampler, arguments.lanes)
                for seed in range(arguments.seeds)]
        score, test, ticks = (statistics.median(run[column] for run in runs) for column in range(3))
        result.append((trials, ticks, score, test))
    return result


def table(name, found):
    """A row for the last number of trials of samplers, and for those from 50 on of stoppers."""
    heads = [f"{table}: {head}" for table in found for head in (f"validation {stoppers.TABLES[table][1]}", "test", "ticks")]
    print(f"\n| {name} | trials | " + " | ".join(heads) + " |\n|---|---|" + "---|" * len(heads))
    for kind, line in next(iter(found.values())).items():
        for place in range(len(TRIALS) - 1, len(line)):
            rows = [found[table][kind][place] for table in found]
            cells = [f"{score:.4g} | {test:.4g} | {ticks:.0f}" for _, ticks, score, test in rows]
            print(f"| {kind} | {rows[0][0]} | " + " | ".join(cells) + " |", flush=True)


def show(arguments, name, kinds):
    found, panels = {}, []
    for data, (_, metric) in stoppers.TABLES.items():
        found[data] = {sampler if name == "sampler" else stopper: points(arguments, data, sampler, stopper)
                       for sampler, stopper in kinds}
        for place, x in enumerate(("trials", "ticks")):
            panels.append((f"{data}, test {metric}, by {x}",
                           {kind: [(point[place], point[3]) for point in line] for kind, line in found[data].items()}))
    table(name, found)
    if arguments.svg:
        arguments.svg.mkdir(parents=True, exist_ok=True)
        axes = (lambda: plots.Axis("", True), lambda: plots.Axis("", True))
        plots.write(arguments.svg / f"{name}s.svg", panels, axes, columns=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rondo", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--lanes", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--only", choices=["samplers", "stoppers"])
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.only != "stoppers":
        show(arguments, "sampler", [(sampler, "none") for sampler in SAMPLERS])
    if arguments.only != "samplers":
        show(arguments, "stopper", [("random", stopper) for stopper in STOPPERS])


if __name__ == "__main__":
    main()
