#!/usr/bin/python3
"""Small runs of `rondo search`, trained again by retrain.py: every value must be equal.

  runs.py RONDO

Together the runs hold every activation, optimiser, initialisation, encoding, imputation, split rule, task, dropout,
batch norm, early stopping and divergence, which is checked. Exit 0: all equal, 1: not, 77: no numpy or gmpy2 here.
"""
import pathlib
import subprocess
import sys
import tempfile

import retrain  # first: it says what is missing here
import network
import numpy
from journal import Damaged

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TABLES = SOURCE / "tests/data/tables"

EXPERIMENTS = {
    "penguins": """
data:
  path: {tables}/penguins.csv
  target: species
  metric: log_loss
  numeric_imputation: mean
  columns: [{{name: island, encoding: ordinal}}, {{name: sex, encoding: frequency}}]
split: {{test: 0.15}}
search: {{sampler: grid, seed: 7}}
space:
  dense_layers: [1]
  units: [12]
  activation: [relu, tanh, sigmoid, gelu]
  batch_norm: [false, true]
  dropout: [0.25]
  optimizer: [adamw]
  learning_rate: [0.01]
  initialization: [he_normal]
training: {{epochs: 4}}
budget: {{trials: 8}}
""",
    "breast_cancer": """
data: {{path: {tables}/breast_cancer.csv, target: diagnosis, metric: roc_auc}}
split: {{rule: last_rows, test: 30, validation: 40}}
search: {{sampler: grid, seed: 18446744073709551615}}
space:
  dense_layers: [0, 2]
  units: [7]
  activation: [tanh]
  batch_norm: [true]
  dropout: [0, 0.5]
  optimizer: [adam, sgd]
  learning_rate: [0.1]
  batch_size: [83]
training: {{epochs: 9, min_delta: 0.001, patience: 2}}
budget: {{trials: 6}}
""",
    # 283 training rows: the last batch has one. A rate of 200 diverges at once, later, or not.
    "diabetes": """
data: {{path: {tables}/diabetes.csv, target: progression, metric: r2, columns: [{{name: sex, encoding: one_hot}}]}}
split: {{test: 0.2}}
search: {{sampler: grid, seed: 3}}
space:
  dense_layers: [1]
  units: [9]
  activation: [gelu, sigmoid]
  batch_norm: [true, false]
  dropout: [0]
  optimizer: [sgd, adamw]
  learning_rate: [0.03, 200]
  batch_size: [94]
training: {{epochs: 8, min_delta: 0.02, patience: 2}}
budget: {{trials: 16}}
""",
    # More than 16 classes: the tree over a row's outputs needs a second round.
    "corners": """
data:
  path: corners.csv
  target: class
  columns:
    - {{name: constant}}
    - {{name: code, encoding: ordinal}}
    - {{name: word, encoding: frequency}}
    - {{name: kind}}
split: {{rule: column, column: part}}
search: {{sampler: grid, seed: 0}}
space:
  dense_layers: [1]
  units: [17]
  activation: [relu]
  batch_norm: [false]
  dropout: [0.1]
  optimizer: [sgd]
  learning_rate: [0.05, 1e-30]
  momentum: [0]
  batch_size: [1000]
training: {{epochs: 3}}
budget: {{trials: 2}}
""",
}


def corners():
    """A table of what common/data/README.md allows: a byte order mark, spellings, words that training never saw."""
    spelled = ["1", "1.0", " 2", "-0", "0", "1e3", "ten", "Ten", "+.5", "5.e-1"] + [f"c{i}" for i in range(12)]
    numbers = ["NA", "", "-0", " 1e-3", "+7.", ".25", "\t12 ", "1e15", "null", "-1e-320"]
    words = ['"a,b"', "a ", "a", '"say ""x"""', "é", "N/A", "z"]
    lines = ["\ufeffclass,number,constant,code,word,kind,part"]
    for row in range(150):
        part = "train" if row % 5 < 3 else "validation" if row % 5 == 3 else "test"
        seen = (row * row if part == "train" else row) % 7
        lines.append(",".join((spelled[(row // 5) % 22], numbers[row * 7 % 11 % 10], "0.1", words[seen], words[6 - seen],
                               words[(row // 3) % 7], part)))
    return "\r\n".join(lines)


def covered(run):
    """What this run holds of what must be held."""
    for trial in run.journal.trials.values():
        architecture = trial.architecture
        yield ("optimizer", architecture.optimizer.kind)
        yield ("initialization", architecture.initialization)
        yield ("blocks", len(architecture.blocks))
        for block in architecture.blocks:
            yield ("activation", block.activation)
            yield ("batch norm", block.batch_norm)
            yield ("dropout", block.dropout > 0)
        yield ("outcome", trial.end.outcome)
        yield ("diverged behind a best epoch", trial.end.outcome == 2 and trial.end.best_epoch > 0)
        yield ("stopped early", trial.end.outcome == 1 and trial.end.epochs < run.experiment.training.epochs)
    yield ("task", run.experiment.data.task)
    yield ("split", run.experiment.split.rule)
    yield ("imputation", run.experiment.data.numeric_imputation)
    for column in run.experiment.data.columns:
        yield ("encoding", column.encoding if column.type == 2 else 0)


WANTED = {("optimizer", kind) for kind in range(3)} | {("activation", kind) for kind in range(4)} | {
    ("initialization", 0), ("initialization", 1), ("blocks", 0), ("blocks", 1), ("blocks", 2), ("batch norm", True),
    ("batch norm", False), ("dropout", True), ("dropout", False), ("outcome", 1), ("outcome", 2),
    ("diverged behind a best epoch", True), ("stopped early", True), ("imputation", 0), ("imputation", 1)} | {
    ("task", task) for task in (1, 2, 3)} | {("split", rule) for rule in range(1, 5)} | {
    ("encoding", encoding) for encoding in range(4)}


def can_fail(folder, run):
    """One constant in its last bit, and one byte of the journal: both must be seen."""
    right = network.Optimizer.BETA1
    network.Optimizer.BETA1 = numpy.nextafter(right, numpy.float32(1))
    wrong = run.compare(run.journal.trials[0])
    network.Optimizer.BETA1 = right
    damaged = bytearray((folder / "journal.rondo").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder / "journal.rondo").write_bytes(damaged)
    try:
        retrain.Run(folder, None)
        return False
    except Damaged:
        return wrong is not None and wrong.startswith("epoch 1, ")


def main():
    rondo = pathlib.Path(sys.argv[1]).resolve()
    failed, seen = False, set()
    with tempfile.TemporaryDirectory(prefix="rondo-independent-") as name, numpy.errstate(all="ignore"):
        work = pathlib.Path(name)
        (work / "corners.csv").write_bytes(corners().encode())
        for experiment, text in EXPERIMENTS.items():
            path = work / f"{experiment}.yaml"
            path.write_text(text.format(tables=TABLES), encoding="utf-8")
            subprocess.run([rondo, "search", path, "--out", experiment], cwd=work, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            program = pathlib.Path(retrain.__file__)
            data = ["--data", work / "corners.csv"] if experiment == "corners" else []
            print(f"{experiment}:", flush=True)
            failed |= subprocess.run([sys.executable, program, work / experiment, *data], check=False).returncode != 0
            seen.update(covered(retrain.Run(work / experiment, data[1] if data else None)))
        penguins = work / "penguins"
        if not can_fail(penguins, retrain.Run(penguins, None)):
            print("FAILED: an altered constant or a damaged journal was not seen")
            failed = True
    if WANTED - seen:
        print("FAILED: no run holds", sorted(WANTED - seen))
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
