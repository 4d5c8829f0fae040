#!/usr/bin/python3
"""A whole search on one rank beside the same networks trained by PyTorch (eager) and scikit-learn, one thread each.

  search.py --rondo build/release/coordinator/cli/rondo [--table FILE --target COLUMN] [--trials 50] [--rounds 3]

Rondo's time is that of the command `rondo search`: reading the table, all trials, their evaluation after every epoch,
the journal, the retraining and the model. The peers are given the prepared arrays and train the networks of its
journal: the same architectures, batches and numbers of epochs, the validation rows' loss and accuracy after every
epoch, and the retrained networks. scikit-learn has neither dropout nor batch norm: it trains those trials that have
none (partial_fit, an epoch a call), and is compared with `rondo replay` of each of these trials, a process each. Seconds
are processor time, so that what else the machine does matters little; the last column is the same ratio by the clock,
with waiting for the disk. Medians of the rounds' ratios. Prints a Markdown table. Pin it to one core with taskset.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
warnings.filterwarnings("ignore")
SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/independent"))
import numpy as np  # noqa: E402  after the number of threads
import retrain  # noqa: E402
import table  # noqa: E402
import torch  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402

EVALUATION_ROWS = 256
RELU, TANH, SIGMOID, GELU = 0, 1, 2, 3
ADAM, ADAMW, SGD = 0, 1, 2


class Job:
    """A network to train: so many epochs on these rows, judged after each on those."""

    def __init__(self, trial, data, architecture, epochs, train, judged):
        self.trial, self.architecture, self.epochs = trial, architecture, epochs
        self.inputs, self.classes, self.outputs = data.inputs, data.targets, data.outputs
        self.train, self.judged = np.array(train), np.array(judged, dtype=np.int64)
        self.batch = min(architecture.batch_size, len(train))


def jobs_of(folder):
    """The trials and the retrained networks of a run."""
    run = retrain.Run(folder, None)
    train, validation, _ = run.parts
    data = table.Prepared(run.experiment, run.columns, train)
    trials = run.journal.trials
    searched = [Job(trial.id, data, trial.architecture, trial.end.epochs, train, validation or train)
                for trial in trials.values() if trial.end and trial.end.epochs]
    both = sorted([*train, *validation])
    data = table.Prepared(run.experiment, run.columns, both)
    final = run.journal.final(folder / "final.rondo")
    retrained = [Job(None, data, trials[one.trial].architecture, one.epochs, both, []) for one in final.networks]
    return searched, retrained


def torch_network(job):
    activations = {RELU: torch.nn.ReLU, TANH: torch.nn.Tanh, SIGMOID: torch.nn.Sigmoid, GELU: torch.nn.GELU}
    layers, width = [], job.inputs.shape[1]
    for block in job.architecture.blocks:
        layers.append(torch.nn.Linear(width, block.units))
        if block.batch_norm:
            layers.append(torch.nn.BatchNorm1d(block.units, eps=0.001))
        layers.append(activations[block.activation]())
        if block.dropout > 0:
            layers.append(torch.nn.Dropout(block.dropout))
        width = block.units
    layers.append(torch.nn.Linear(width, job.outputs))
    return torch.nn.Sequential(*layers)


def torch_optimizer(job, net):
    settings = job.architecture.optimizer
    if settings.kind == SGD:
        return torch.optim.SGD(net.parameters(), lr=settings.learning_rate, momentum=settings.momentum)
    if settings.kind == ADAMW:
        return torch.optim.AdamW(net.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    return torch.optim.Adam(net.parameters(), lr=settings.learning_rate)


def train_by_torch(job):
    net, binary = torch_network(job), job.outputs == 1
    optimizer = torch_optimizer(job, net)
    inputs, train = torch.from_numpy(np.ascontiguousarray(job.inputs)), torch.from_numpy(job.train)
    classes = torch.from_numpy(job.classes.astype(np.float32 if binary else np.int64))
    loss_of = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()

    def logits_of(rows):
        return net(inputs[rows]).squeeze(1) if binary else net(inputs[rows])
    for _ in range(job.epochs):
        net.train()
        order, total = train[torch.randperm(len(train))], 0.0
        for first in range(0, len(order), job.batch):
            rows = order[first:first + job.batch]
            if len(rows) == 1 and any(block.batch_norm for block in job.architecture.blocks):
                continue  # PyTorch refuses a batch of one row
            optimizer.zero_grad()
            loss = loss_of(logits_of(rows), classes[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        net.eval()
        with torch.no_grad():
            right, total = 0, 0.0
            for first in range(0, len(job.judged), EVALUATION_ROWS):
                rows = torch.from_numpy(job.judged[first:first + EVALUATION_ROWS])
                logits = logits_of(rows)
                total += loss_of(logits, classes[rows]).item() * len(rows)
                right += ((logits > 0 if binary else logits.argmax(1)) == classes[rows]).sum().item()


def expressible(job):
    blocks = job.architecture.blocks
    kinds = {block.activation for block in blocks}
    return (job.trial is not None and blocks and not any(block.batch_norm or block.dropout for block in blocks)
            and len(kinds) == 1 and kinds <= {RELU, TANH, SIGMOID} and job.architecture.optimizer.kind != ADAMW)


def train_by_scikit(job):
    from sklearn.metrics import log_loss
    blocks, settings = job.architecture.blocks, job.architecture.optimizer
    net = MLPClassifier(tuple(block.units for block in blocks), batch_size=job.batch,
                        activation={RELU: "relu", TANH: "tanh", SIGMOID: "logistic"}[blocks[0].activation],
                        solver="sgd" if settings.kind == SGD else "adam", alpha=0.0,
                        learning_rate_init=settings.learning_rate, momentum=settings.momentum)
    classes = np.unique(job.classes)
    inputs, targets = job.inputs[job.train], job.classes[job.train]
    for _ in range(job.epochs):
        net.partial_fit(inputs, targets, classes)
        predicted = net.predict_proba(job.inputs[job.judged])
        if np.isfinite(predicted).all():
            log_loss(job.classes[job.judged], predicted, labels=classes)
        (classes[predicted.argmax(1)] == job.classes[job.judged]).mean()


class Time:
    """What a call took: by the clock, and of the processor, that of programs that it ran included."""

    def __init__(self, call):
        wall, processor = time.perf_counter(), self._processor()
        call()
        self.wall, self.processor = time.perf_counter() - wall, self._processor() - processor

    @staticmethod
    def _processor():
        return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def one_round(arguments, folder, known):
    """`known`: the jobs of an earlier round, which are the same."""
    command = [arguments.rondo, "search", "--data", str(arguments.table), "--target", arguments.target, "--trials",
               str(arguments.trials), "--seed", str(arguments.seed), "--threads-per-rank", "1", "--out", str(folder)]
    searched = Time(lambda: subprocess.run(command, check=True, capture_output=True))
    trials, retrained = known or jobs_of(folder)
    by_torch = Time(lambda: [train_by_torch(job) for job in trials + retrained])
    some = [job for job in trials if expressible(job)]
    replay = [[arguments.rondo, "replay", str(folder), "--trial", str(job.trial)] for job in some]
    replayed = Time(lambda: [subprocess.run(one, check=True, capture_output=True) for one in replay])
    by_scikit = Time(lambda: [train_by_scikit(job) for job in some])
    compared = (("PyTorch", trials + retrained, searched, by_torch), ("scikit-learn", some, replayed, by_scikit))
    return compared, (trials, retrained)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rondo", required=True)
    parser.add_argument("--table", type=pathlib.Path, default=SOURCE / "tests/data/tables/penguins.csv")
    parser.add_argument("--target", default="species")
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rounds, jobs = [], None
    with tempfile.TemporaryDirectory() as work:
        for number in range(arguments.rounds):
            one, jobs = one_round(arguments, pathlib.Path(work) / str(number), jobs)
            rounds.append(one)
    print("| against | networks | epochs | Rondo s | peer s | ratio | by the clock |\n|---|---|---|---|---|---|---|")
    for place in range(2):
        runs = [one[place] for one in rounds]
        name, networks = runs[0][:2]
        ours, peer = (statistics.median(run[i].processor for run in runs) for i in (2, 3))
        ratio, by_clock = (statistics.median(getattr(run[3], what) / getattr(run[2], what) for run in runs)
                           for what in ("processor", "wall"))
        epochs = sum(job.epochs for job in networks)
        print(f"| {name} | {len(networks)} | {epochs} | {ours:.2f} | {peer:.2f} | {ratio:.1f} | {by_clock:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
