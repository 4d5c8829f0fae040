#!/usr/bin/python3
"""How far a search with a stopper comes in a share of the ticks of one without.

  stoppers.py --rondo build/release/coordinator/cli/rondo --work FOLDER [--trials 50] [--seeds 5] [--share 3]

For each table and seed a random search of so many trials gives a number of ticks and a best validation score. Then each
stopper searches with as many trials as fit into that number of ticks divided by the share: the same lanes, space and seed,
so that its first trials are the same networks. Prints a Markdown table: in how many seeds the stopper reached the score, the medians
of both best scores on the validation rows, and of both models' scores on the test rows.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/independent"))
import wire  # noqa: E402
from journal import _records  # noqa: E402

TABLES = {"penguins": ("species", "log_loss"), "breast_cancer": ("diagnosis", "log_loss"), "diabetes": ("progression", "rmse")}
EXPERIMENT = """
data: {{path: {path}, target: {target}, metric: {metric}}}
split: {{test: 0.25}}
search: {{sampler: {sampler}, seed: {seed}, lanes: {lanes}, stopper: {stopper}, tick_divisor: 1000}}
space: {{units: [16, 32, 64, 128]}}
training: {{epochs: {epochs}}}
budget: {{trials: {trials}, ticks: {ticks}}}
"""
MANY_TRIALS = 1_000_000


def search(arguments, table, seed, stopper, trials, ticks, sampler="random", lanes=8):
    """(best validation score, the model's score on the test rows, ticks, trials)"""
    target, metric = TABLES[table]
    name = f"{table}-{seed}-{sampler}-{stopper}"
    path, out = arguments.work / f"{name}.yaml", arguments.work / name
    path.write_text(EXPERIMENT.format(path=SOURCE / f"tests/data/tables/{table}.csv", target=target, metric=metric, seed=seed,
                                      stopper=stopper, epochs=arguments.epochs, trials=trials, ticks=ticks, sampler=sampler,
                                      lanes=lanes), encoding="utf-8")
    said = subprocess.run([arguments.rondo, "search", path, "--out", out, "--overwrite", "--json"], check=True,
                          capture_output=True, text=True)
    result = json.loads(said.stdout)
    *_, (payload, _) = _records((out / "journal.rondo").read_bytes(), b"RONDOJ1\n", b"")
    best = next(trial["score"] for trial in result["trials"] if trial["id"] == result["best"])
    return best, result["final"]["test_metrics"][metric], wire.decode(wire.RECORD, payload).tick, len(result["trials"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rondo", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--share", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=200)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    print("| table | stopper | trials | reached | validation: random | stopper | test: random | stopper |")
    print("|---|---|---|---|---|---|---|---|")
    for table in TABLES:
        plain = [search(arguments, table, seed, "none", arguments.trials, 0) for seed in range(arguments.seeds)]
        for stopper in ("median", "asha", "hyperband"):
            ours = [search(arguments, table, seed, stopper, MANY_TRIALS, whole[2] // arguments.share)
                    for seed, whole in enumerate(plain)]
            reached = sum(one[0] <= whole[0] for one, whole in zip(ours, plain))

            def middle(runs, column):
                return f"{statistics.median(run[column] for run in runs):.4g}"
            print(f"| {table} | {stopper} | {middle(ours, 3)} | {reached} of {len(plain)} | {middle(plain, 0)} | {middle(ours, 0)} | "
                  f"{middle(plain, 1)} | {middle(ours, 1)} |", flush=True)


if __name__ == "__main__":
    main()
