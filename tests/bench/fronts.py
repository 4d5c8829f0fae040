#!/usr/bin/python3
"""nsga2 against random search and Optuna's NSGA-II on functions of two objectives: dominated hypervolume.

  fronts.py --regret build/release/tests/bench/regret --work FOLDER [--set fronts|front_tuning] [--lanes 1 16] [--samplers random,nsga2,…]
            [--populations 50] [--trials 200] [--seeds 30] [--at 100 200]

The functions, their settings and the virtual clock are those of `regret` (regret.py says how peers see them). A
sampler's hypervolume is the area between its front and the point (REFERENCE, 1), as a share of the area up to
the best front that any of all the runs found together. Optuna's sampler runs with each of the populations; runs are
kept in FOLDER and not computed again.

Prints a Markdown table: the median share, and the p of a two-sided Mann-Whitney test against the first column.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import warnings

import optuna
from scipy.stats import mannwhitneyu

import regret

REFERENCE = {"fronts": {"zdt1": 5.0, "zdt2": 5.0, "zdt3": 5.0, "network": 1.5},
             "front_tuning": {"fonseca": 1.0, "kursawe": 8.0, "layered": 2.0}}
MILLION = 1e6

optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore")


def peer_runs(program, name, population, lanes, trials, seeds):
    problem, runs = regret.Problem(program, name), []
    for seed in range(seeds):
        sampler = optuna.samplers.NSGAIISampler(seed=seed, population_size=population)
        study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
        running, asked, tick, found = [], 0, 0, []
        while len(found) < trials:
            while len(running) < lanes and asked < trials:
                trial = study.ask()
                running.append((tick + regret.cost(asked), asked, trial, problem.suggest(trial)))
                asked += 1
            ended = min(running, key=lambda one: one[:2])
            running.remove(ended)
            tick = ended[0]
            study.tell(ended[2], ended[3])
            found.append(ended[3])
        runs.append(found)
    return runs


def own_runs(program, name, sampler, lanes, trials, seeds):
    done = subprocess.run([program, "trials", name, sampler, str(lanes), str(trials), str(seeds)], check=True,
                          capture_output=True, text=True)
    numbers = [[float(value) for value in line.split()] for line in done.stdout.splitlines()]
    return [list(zip(line[::2], line[1::2])) for line in numbers]


def runs_of(arguments, name, column, lanes):
    path = arguments.work / f"{column} {name} {lanes} {arguments.trials} {arguments.seeds}.json"
    if not path.exists():
        limits = (lanes, arguments.trials, arguments.seeds)
        if column.startswith("Optuna"):
            runs = peer_runs(arguments.regret, name, int(column.split()[-1]), *limits)
        else:
            runs = own_runs(arguments.regret, name, column, *limits)
        path.write_text(json.dumps(runs), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def hypervolume(trials, most):
    """Of (loss, cost in millionths): the area that they dominate below loss `most` and cost 1."""
    area, right = 0.0, 1.0
    for loss, cost in sorted(trials):
        if loss < most and cost / MILLION < right:
            area += (most - loss) * (right - cost / MILLION)
            right = cost / MILLION
    return area


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regret", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--set", choices=REFERENCE, default="fronts")
    parser.add_argument("--lanes", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--samplers", default="random,nsga2")
    parser.add_argument("--populations", default="50")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--at", type=int, nargs="+", default=[100, 200])
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    peers = [f"Optuna NSGA-II {size}" for size in arguments.populations.split(",") if size]
    columns = peers + arguments.samplers.split(",")
    references = REFERENCE[arguments.set]
    runs = {(name, column, lanes): runs_of(arguments, name, column, lanes)
            for lanes in arguments.lanes for name in references for column in columns}
    whole = {name: hypervolume([tuple(trial) for (other, _, _), found in runs.items() if other == name
                                for run in found for trial in run], most) for name, most in references.items()}
    for lanes in arguments.lanes:
        for at in arguments.at:
            print(f"\nV = {lanes}, {at} trials, {arguments.seeds} seeds\n")
            print("| function | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
            for name, most in references.items():
                shares = [[hypervolume([tuple(trial) for trial in run[:at]], most) / whole[name]
                           for run in runs[name, column, lanes]] for column in columns]
                cells = [f"{statistics.median(shares[0]):.3f}"]
                for share in shares[1:]:
                    p = mannwhitneyu(share, shares[0]).pvalue
                    better = statistics.median(share) > statistics.median(shares[0])
                    cells.append(f"{statistics.median(share):.3f} ({p:.2g}{'' if p >= 0.05 else ' +' if better else ' -'})")
                print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
