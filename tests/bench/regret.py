#!/usr/bin/python3
"""Rondo's samplers against Optuna's on closed-form functions: median regret and rank tests.

  regret.py --regret build/release/tests/bench/regret --work FOLDER [--set scoring|tuning] [--lanes 1 16]
            [--samplers random,tpe,…] [--peers TPE,CMA-ES] [--trials 100] [--seeds 30] [--at 100]

Both get the same finite problem: `regret` (problems.h) says which settings a function has, how many choices each, and
when it applies; Optuna draws integers where a list has an order and categories where it has none. It evaluates
Optuna's points, too, so that a function is written once. With V lanes V trials run at a time, and end in the order of
the same virtual clock; Optuna's TPE has its constant liar then. Curves are kept in FOLDER and not computed again:
delete what a change has made old.

Prints a Markdown table: median regret of each sampler, and the p of a two-sided Mann-Whitney test against the first
peer, marked + or - where the sampler is better or worse with p < 0.05; the last line is the mean rank of the medians
over the functions.
"""
import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys
import warnings

import numpy
import optuna
from scipy.stats import mannwhitneyu, rankdata

optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore")


def cost(trial):
    return 10 + trial * 7919 % 11


class Problem:
    """A function in its own process, and its settings."""

    def __init__(self, program, name):
        self.settings = []
        for line in subprocess.run([program, "describe", name], check=True, capture_output=True, text=True).stdout.splitlines():
            gene, count, ordered, parent, *values = line.split()
            self.settings.append((gene, int(count), ordered == "1", parent, [int(value) for value in values]))
        self.process = subprocess.Popen([program, "evaluate", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def suggest(self, trial):
        known = {"-": 0}
        for gene, count, ordered, parent, values in self.settings:
            if parent != "-" and known.get(parent, 0) not in values:
                continue
            if ordered:
                known[gene] = trial.suggest_int(gene, 0, count - 1)
            else:
                known[gene] = trial.suggest_categorical(gene, list(range(count)))
        del known["-"]
        self.process.stdin.write(" ".join(f"{gene}={index}" for gene, index in known.items()) + "\n")
        self.process.stdin.flush()
        values = [float(value) for value in self.process.stdout.readline().split()]
        return values[0] if len(values) == 1 else tuple(values)


def sampler_of(peer, lanes, seed):
    if peer == "TPE":
        return optuna.samplers.TPESampler(seed=seed, constant_liar=lanes > 1)
    if peer == "TPE multivariate":
        return optuna.samplers.TPESampler(seed=seed, constant_liar=lanes > 1, multivariate=True)
    if peer == "CMA-ES":
        return optuna.samplers.CmaEsSampler(seed=seed)
    if peer == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    raise SystemExit(f"no peer {peer}")


def peer_curves(program, name, peer, lanes, trials, seeds):
    problem, curves = Problem(program, name), []
    for seed in range(seeds):
        study = optuna.create_study(sampler=sampler_of(peer, lanes, seed))
        running, asked, tick, bests = [], 0, 0, []
        while len(bests) < trials:
            while len(running) < lanes and asked < trials:
                trial = study.ask()
                running.append((tick + cost(asked), asked, trial, problem.suggest(trial)))
                asked += 1
            ended = min(running, key=lambda one: one[:2])
            running.remove(ended)
            tick = ended[0]
            study.tell(ended[2], ended[3])
            bests.append(min(ended[3], bests[-1] if bests else ended[3]))
        curves.append(bests)
    return curves


def own_curves(program, name, sampler, lanes, trials, seeds):
    done = subprocess.run([program, "search", name, sampler, str(lanes), str(trials), str(seeds)], check=True,
                          capture_output=True, text=True)
    return [[float(value) for value in line.split()] for line in done.stdout.splitlines()]


def curves_of(arguments, name, sampler, lanes):
    peer = sampler in arguments.peers
    path = arguments.work / f"{'optuna ' if peer else ''}{sampler} {name} {lanes} {arguments.trials} {arguments.seeds}.json"
    if not path.exists():
        find = peer_curves if peer else own_curves
        curves = find(arguments.regret, name, sampler, lanes, arguments.trials, arguments.seeds)
        path.write_text(json.dumps(curves), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def table(arguments, names, found, lanes):
    columns = arguments.peers + arguments.samplers
    heads = [f"Optuna {peer}" for peer in arguments.peers] + arguments.samplers
    print(f"\nV = {lanes}, {arguments.at} trials, {arguments.seeds} seeds\n")
    print("| function | " + " | ".join(heads) + " |\n|---|" + "---|" * len(heads))
    ranks = []
    for name in names:
        ends = {column: [curve[arguments.at - 1] for curve in found[name, column, lanes]] for column in columns}
        medians, cells = [statistics.median(ends[column]) for column in columns], []
        ranks.append(rankdata(medians))
        for column, median in zip(columns, medians):
            p = mannwhitneyu(ends[column], ends[columns[0]]).pvalue if column != columns[0] else 1.0
            less = numpy.mean(rankdata(ends[column] + ends[columns[0]])[:arguments.seeds]) < arguments.seeds + 0.5
            mark = "" if p >= 0.05 else " +" if less else " -"
            cells.append(f"{median:.3g}" + (f" ({p:.2g}{mark})" if column != columns[0] else ""))
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("| mean rank | " + " | ".join(f"{rank:.2f}" for rank in numpy.mean(ranks, axis=0)) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--regret", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--set", choices=["scoring", "tuning"], default="scoring")
    parser.add_argument("--lanes", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--samplers", type=lambda text: text.split(","), default=["random", "sobol", "evolution", "tpe"])
    parser.add_argument("--peers", type=lambda text: text.split(",") if text else [], default=["TPE"])
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--at", type=int)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    arguments.at = arguments.at or arguments.trials
    arguments.work.mkdir(parents=True, exist_ok=True)
    names = subprocess.run([arguments.regret, "list", arguments.set], check=True, capture_output=True, text=True).stdout.split()
    with concurrent.futures.ProcessPoolExecutor(arguments.processes) as pool:
        keys = [(name, column, lanes) for lanes in arguments.lanes for column in arguments.peers + arguments.samplers
                for name in names]
        jobs = {key: pool.submit(curves_of, arguments, *key) for key in keys}
        found = {key: job.result() for key, job in jobs.items()}
    for lanes in arguments.lanes:
        table(arguments, names, found, lanes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
