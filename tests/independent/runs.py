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
import table
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
    # Two thirds of an 8 x 8 digit; pools of 2 leave 3 x 3 places, then 2 x 2, the last of them half a window.
    "images": """
data: {{path: images.csv, target: digit, task: multiclass, image: {{height: 6, width: 6}}}}
split: {{rule: last_rows, validation: 20}}
search: {{sampler: grid, seed: 5}}
space:
  convolution_layers: [2]
  filters: [3]
  kernel_size: [3]
  separable: [false, true]
  pool: [2]
  dense_layers: [1]
  units: [17]
  activation: [softplus]
  batch_norm: [false, true]
  layer_norm: [true]
  dropout: [0.25]
  optimizer: [adam]
  learning_rate: [0.01]
  batch_size: [25]
training: {{epochs: 2}}
budget: {{trials: 4}}
""",
    # The same numbers as 12 places of 3 channels.
    "series": """
data: {{path: images.csv, target: digit, task: regression, image: {{width: 12, channels: 3}}}}
split: {{test: 10, validation: 20}}
search: {{sampler: grid, seed: 6}}
space:
  convolution_layers: [1]
  filters: [4]
  kernel_size: [5]
  separable: [true, false]
  pool: [1, 5]
  global_average: [false, true]
  dense_layers: [0]
  activation: [gelu_tanh]
  batch_norm: [true]
  dropout: [0]
  optimizer: [adamw]
  learning_rate: [0.02]
  initialization: [he_normal]
training: {{epochs: 2}}
budget: {{trials: 8}}
final: {{ensemble: 2}}
""",
    # An ensemble of weights, and one of folds.
    "selected": """
data: {{path: {tables}/diabetes.csv, target: progression}}
split: {{test: 60, validation: 80}}
search: {{sampler: random, seed: 5}}
space:
  dense_layers: [0, 1]
  units: [4, 8]
  batch_norm: [false]
  dropout: [0]
  optimizer: [adam, sgd]
  learning_rate: [0.1, 0.03, 0.01]
training: {{epochs: 5}}
budget: {{trials: 10}}
final: {{ensemble: 6, ensemble_rule: greedy, candidates: 8}}
""",
    "selected_folds": """
data: {{path: folds.csv, target: kind, metric: log_loss}}
split: {{test: 0.1, folds: 2}}
search: {{sampler: random, seed: 4}}
space:
  dense_layers: [1]
  units: [3, 5, 7]
  activation: [tanh]
  batch_norm: [false]
  dropout: [0]
  optimizer: [adam, sgd]
  learning_rate: [0.1, 0.03]
training: {{epochs: 5, repeats: 2}}
budget: {{trials: 6}}
final: {{ensemble: 4, ensemble_rule: greedy, candidates: 5}}
""",
    # The rarer words are not in every fold's training rows: its networks have inputs of their own number.
    "folds": """
data: {{path: folds.csv, target: kind}}
split: {{test: 0.1, folds: 3}}
search: {{sampler: grid, seed: 11}}
space:
  dense_layers: [1]
  units: [5]
  activation: [tanh]
  batch_norm: [true]
  dropout: [0.25]
  optimizer: [adam]
  learning_rate: [0.05, 1e20]
  batch_size: [16]
training: {{epochs: 6, patience: 2, min_delta: 0.02, repeats: 2}}
budget: {{trials: 2}}
""",
    "shuffled_folds": """
data: {{path: {tables}/diabetes.csv, target: progression}}
split: {{folds: 2}}
search: {{sampler: grid, seed: 12}}
space:
  dense_layers: [0]
  batch_norm: [false]
  dropout: [0]
  optimizer: [sgd]
  learning_rate: [0.01]
  batch_size: [60]
training: {{epochs: 3}}
budget: {{trials: 1}}
""",
}


def images():
    """100 of the digits without their edges: 6 x 6 pixels."""
    lines = (TABLES / "digits.csv").read_text(encoding="utf-8").split()[:101]
    rows = [line.split(",") for line in lines]
    inner = [8 * y + x for y in range(1, 7) for x in range(1, 7)]
    return "\n".join(",".join([row[place] for place in inner] + [row[64]]) for row in rows)


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


def folds():
    """70 rows of two classes; four words stand in two rows each."""
    lines = ["number,word,kind"]
    for row in range(70):
        word = f"rare {row // 2}" if row < 8 else f"w{row % 3}"
        lines.append(f"{row * row % 31},{word},{'one' if row * 7 % 31 < 12 else 'two'}")
    return "\n".join(lines)


def covered(run):
    """What this run holds of what must be held."""
    for trial in run.journal.trials.values():
        architecture = trial.architecture
        yield ("optimizer", architecture.optimizer.kind)
        yield ("initialization", architecture.initialization)
        yield ("blocks", len(architecture.blocks))
        yield ("convolutions", len(architecture.convolutions))
        yield ("average", architecture.global_average)
        for block in architecture.convolutions:
            yield ("separable", block.separable)
            yield ("pool", block.pool)
            yield ("kernel", block.kernel)
            yield ("convolution's activation", block.activation)
            yield ("convolution's batch norm", block.batch_norm)
            yield ("convolution's dropout", block.dropout > 0)
        for block in architecture.blocks:
            yield ("layer norm", block.layer_norm)
            yield ("activation", block.activation)
            yield ("batch norm", block.batch_norm)
            yield ("dropout", block.dropout > 0)
        yield ("outcome", trial.end.outcome)
        yield ("diverged behind a best epoch", trial.end.outcome == 2 and trial.end.best_epoch > 0)
        yield ("stopped early", trial.end.outcome == 1 and trial.end.epochs < run.experiment.training.epochs)
    yield ("folds", run.experiment.split.rule, run.experiment.split.folds)
    yield ("repeats", run.experiment.training.repeats)
    widths = {table.Prepared(run.experiment, run.columns, train).inputs.shape[1] for train, _ in run.folds}
    yield ("folds of unequal inputs", len(widths) > 1)
    yield ("series", run.experiment.data.image is not None and run.experiment.data.image.height == 0)
    yield ("task", run.experiment.data.task)
    yield ("split", run.experiment.split.rule)
    yield ("imputation", run.experiment.data.numeric_imputation)
    for column in run.experiment.data.columns:
        yield ("encoding", column.encoding if column.type == 2 else 0)


WANTED = {("weighted", True), ("folds", 2, 3), ("folds", 1, 2), ("repeats", 2), ("folds of unequal inputs", True)} | {("optimizer", kind) for kind in range(3)} | {("activation", kind) for kind in range(5)} | {
    ("initialization", 0), ("initialization", 1), ("blocks", 0), ("blocks", 1), ("blocks", 2), ("batch norm", True),
    ("batch norm", False), ("dropout", True), ("dropout", False), ("outcome", 1), ("outcome", 2),
    ("diverged behind a best epoch", True), ("stopped early", True), ("imputation", 0), ("imputation", 1)} | {
    ("task", task) for task in (1, 2, 3)} | {("split", rule) for rule in range(1, 5)} | {
    ("encoding", encoding) for encoding in range(4)} | {("convolutions", count) for count in range(3)} | {
    (what, value) for what in ("average", "separable", "convolution's batch norm", "layer norm") for value in (0, 1)} | {
    ("pool", 1), ("pool", 2), ("pool", 5), ("kernel", 3), ("kernel", 5), ("convolution's dropout", True),
    ("convolution's activation", network.SOFTPLUS), ("convolution's activation", network.GELU_TANH)}


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
        (work / "images.csv").write_bytes(images().encode())
        (work / "folds.csv").write_bytes(folds().encode())
        for experiment, text in EXPERIMENTS.items():
            path = work / f"{experiment}.yaml"
            path.write_text(text.format(tables=TABLES), encoding="utf-8")
            subprocess.run([rondo, "search", path, "--out", experiment], cwd=work, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            program = pathlib.Path(retrain.__file__)
            own = {"corners": "corners.csv", "images": "images.csv", "series": "images.csv", "folds": "folds.csv",
                   "selected_folds": "folds.csv"}.get(experiment)
            data = ["--data", work / own] if own else []
            print(f"{experiment}:", flush=True)
            failed |= subprocess.run([sys.executable, program, work / experiment, *data], check=False).returncode != 0
            run = retrain.Run(work / experiment, data[1] if data else None)
            seen.update(covered(run))
            seen.update(("weighted", network.weight > 1)
                        for network in run.journal.final(work / experiment / "final.rondo").networks)
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
