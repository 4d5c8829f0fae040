#!/usr/bin/python3
"""Scores of whole searches on real tables, beside the scikit-learn MLP's on the same test rows.

  scores.py --rondo RONDO --data FOLDER --work FOLDER [--tables A,B] [--seeds 1,2] [--trials 50] [--epochs E] [--jobs 2]
            [--flags="--ensemble-rule greedy"]

FOLDER holds meta.json, BASELINES.md, the tables and splits/NAME.test.txt. Every search sees the training rows alone;
the test rows are read once, by `rondo evaluate`, when the search is over. Finished runs are continued, not repeated.
Prints one Markdown row a table.
"""
import argparse
import concurrent.futures
import csv
import json
import pathlib
import re
import subprocess
import sys
import time


def baseline_scores(text):
    """Table: the best MLP row's number; the regression tables have two such rows."""
    scores = {}
    for section in text.split("\n## ")[1:]:
        name = section.split("\n", 1)[0].strip()
        found = [float(row.split("|")[2]) for row in section.splitlines() if row.startswith("| MLP 100")]
        if found:
            scores[name] = min(found) if "RMSE" in section else max(found)
    return scores


def cut_table(data, meta, name, work):
    """Writes the table's training and test rows as two CSV files."""
    with open(data / meta["file"], newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    test = {int(line) for line in (data / meta["test_split"]).read_text().split()}
    paths = {part: work / f"{name}.{part}.csv" for part in ("train", "test")}
    for part, path in paths.items():
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(row for i, row in enumerate(rows) if (i in test) == (part == "test"))
    return paths


def search(arguments, name, meta, paths, seed):
    run = arguments.work / f"{name}-{seed}"
    started = time.monotonic()
    command = [arguments.rondo, "search", "--data", paths["train"], "--target", meta["target"], "--trials",
               str(arguments.trials), "--seed", str(seed), "--out", run]
    if arguments.epochs:
        command += ["--epochs", str(arguments.epochs)]
    command += arguments.flags.split()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    shown = subprocess.run([arguments.rondo, "evaluate", run, paths["test"], "--json"], check=True,
                           capture_output=True, text=True)
    metrics = json.loads(shown.stdout)["metrics"]
    return metrics["rmse"] if meta["task"] == "regression" else metrics["accuracy"], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rondo", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--tables", default="")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--epochs", type=int, help="most epochs of a trial, where the default takes too long")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--flags", default="", help="more flags for every search; each set of them needs its own --work")
    arguments = parser.parse_args()
    if not (arguments.data / "meta.json").is_file():
        print(f"{arguments.data} holds no meta.json", file=sys.stderr)
        return 2
    arguments.work.mkdir(parents=True, exist_ok=True)
    datasets = json.loads((arguments.data / "meta.json").read_text())["datasets"]
    baselines = baseline_scores((arguments.data / "BASELINES.md").read_text())
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    names = arguments.tables.split(",") if arguments.tables else [n for n in datasets if n in baselines]
    print(f"| table | MLP | {' | '.join(f'seed {seed}' for seed in seeds)} | reached | seconds |")
    print("|---" * (len(seeds) + 4) + "|")
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for name in names:
            meta = datasets[name]
            paths = cut_table(arguments.data, meta, name, arguments.work)
            results = list(pool.map(lambda seed: search(arguments, name, meta, paths, seed), seeds))
            lower = meta["task"] == "regression"
            reached = sum(score <= baselines[name] if lower else round(score, 4) >= baselines[name]
                          for score, _ in results)
            shown = " | ".join(f"{score:.6g}" for score, _ in results)
            print(f"| {name} | {baselines[name]:.6g} | {shown} | {reached} of {len(seeds)} | "
                  f"{sum(seconds for _, seconds in results):.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
