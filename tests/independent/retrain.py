#!/usr/bin/python3
"""Trains the trials of a run again, by the documents' definitions alone, and compares every bit.

  retrain.py RUN [--data TABLE] [--trial N]…

One line a trial: EQUAL, or the first epoch and value that differs.
Exit 0: all equal, 4: something differs, 2: usage or a damaged run, 77: numpy, gmpy2 or xxhash is missing.
"""
import argparse
import hashlib
import pathlib
import re
import struct
import sys

try:
    import numpy
    import gmpy2  # noqa: F401
    import xxhash  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}; deploy/install --tests installs it")
    sys.exit(77)

import ensemble
import metrics
import table
from journal import Damaged, Journal
from randomness import SEED_SCHEME, derive_key
from training import Training, retrain, search_trial

OUTCOMES = {0: "none", 1: "completed", 2: "diverged", 3: "too_large", 4: "cut"}
CANDIDATES = 25  # final.candidates where it is absent
NUMERICS = 1  # the version of NUMERICS.md that is implemented here


def shown(value):
    return value.hex() if isinstance(value, (bytes, float)) else str(value)


def bits(value):
    return struct.pack("<d", value) if isinstance(value, float) else value


def difference(names, expected, found):
    """The first named value that differs, as a text."""
    for name in names:
        theirs, ours = getattr(expected, name), getattr(found, name)
        if bits(theirs) != bits(ours):
            return f"{name}: {shown(theirs)} in the journal, {shown(ours)} here"
    return None


class Run:
    def __init__(self, folder, path):
        self.journal = Journal(folder / "journal.rondo")
        header, self.experiment = self.journal.header, self.journal.experiment
        if (header.versions.numerics, header.versions.seed_scheme) != (NUMERICS, SEED_SCHEME):
            raise Damaged(f"numerics {header.versions.numerics}, seed scheme {header.versions.seed_scheme}; "
                          f"this program knows {NUMERICS} and {SEED_SCHEME}")
        if path is None:
            setting = re.search(r"^  path: (.*)$", (folder / "experiment.yaml").read_text(encoding="utf-8"), re.M)
            path = setting.group(1).strip("\"'")
        data = pathlib.Path(path).read_bytes()
        if hashlib.sha256(data).digest() != header.dataset_digest:
            raise Damaged(f"{path} is not the table of this run")
        self.columns = table.read_columns(data)
        cells = self.columns[self.experiment.data.target]
        classes = None if self.experiment.data.task == table.REGRESSION else table.labels_of(cells)[0]
        split = self.experiment.split
        self.parts = table.split_rows(split, header.master_seed, self.columns, classes, len(cells))
        self.folds = table.fold_rows(split, header.master_seed, self.parts, classes, len(cells))

    def _members(self, trial):
        """Repeat after repeat, in each the folds in their order."""
        for repeat in range(self.experiment.training.repeats or 1):
            for fold, (train, validation) in enumerate(self.folds):
                yield self._training("trial", trial, train, validation, fold, repeat)

    def _training(self, domain, trial, train, validation, fold=0, repeat=0):
        prepared = table.Prepared(self.experiment, self.columns, train)
        key = derive_key(self.journal.header.master_seed, domain, trial.id, fold, repeat)
        return Training(prepared, trial.architecture, key, train, validation)

    def compare(self, trial):
        """What differs, or None."""
        # Cut by a budget in ticks, or paused at a rung: training knows of neither.
        cut = trial.end is None or OUTCOMES[trial.end.outcome] == "cut"
        last = len(trial.results) if cut else self.experiment.training.epochs
        members = list(self._members(trial))
        *epochs, end = search_trial(members, self.experiment.training, self.experiment.data.metric, last)
        for expected, found in zip(trial.results, epochs):
            wrong = difference(("epoch", "train_loss", "validation_loss", "score", "fingerprint"), expected, found)
            if wrong:
                return f"epoch {expected.epoch}, {wrong}"
        if cut:
            return None
        names = ("epochs", "outcome", "best_epoch", "best_score", "best_validation_loss", "weights_digest")
        return difference(names, trial.end, end)

    def _predictions(self, trial):
        """What the networks of the trial's best epoch say of the validation rows, and what is true of them."""
        members = list(self._members(trial))
        for _ in search_trial(members, self.experiment.training, self.experiment.data.metric, trial.end.best_epoch):
            pass
        folds = len(self.folds)
        said = [ensemble.mean([member.predictions for member in members[fold::folds]]) for fold in range(folds)]
        return numpy.concatenate(said), numpy.concatenate([member.data.truth[member.judged] for member in members[:folds]])

    def compare_selection(self, selection):
        settings, metric = self.experiment.final, self.experiment.data.metric
        if settings.ensemble_rule != ensemble.GREEDY:
            return None if selection is None else "a selection that nobody asked for"
        most = max(settings.candidates or CANDIDATES, settings.ensemble)
        trials = ensemble.ranking(self.journal, metric)[:most]
        said = [self._predictions(trial) for trial in trials]
        return ensemble.compare(selection, [trial.id for trial in trials], [one[0] for one in said], said[0][1],
                                settings, self.journal.header.master_seed, metric)

    def compare_final(self, final):
        train, validation, test = self.parts
        wrong = self.compare_selection(final.selection)
        if wrong:
            return f"selection, {wrong}"
        weights = ensemble.weights(final.selection, final.networks)
        if weights != [one.weight for one in final.networks]:
            return f"weights: {[one.weight for one in final.networks]} in final.rondo, {weights} here"
        total = 0.0
        for expected, weight in zip(final.networks, weights):
            training = self._training("final", self.journal.trials[expected.trial], sorted(train + validation), [])
            loss = retrain(training, expected.epochs)
            if bits(loss) != bits(expected.train_loss):
                return f"trial {expected.trial}, train_loss: {shown(expected.train_loss)} there, {shown(loss)} here"
            if training.weights_digest() != expected.weights_digest:
                return f"trial {expected.trial}, weights_digest"
            if test:
                total = total + float(weight or 1) * training.evaluate(numpy.array(test))[1].astype(float)
        if not test:
            return None
        predictions = total / float(sum(weight or 1 for weight in weights))
        if self.experiment.data.task != table.REGRESSION:
            predictions = predictions.astype(numpy.float32)
        numbers = {name: number for number, name in metrics.NAMES.items()}
        for value in final.test_metrics:
            ours = metrics.score(numbers[value.name], predictions, training.data.truth[test])
            if bits(value.value) != bits(ours):
                return f"{value.name}: {shown(value.value)} in final.rondo, {shown(ours)} here"
        return None


ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "softplus", "gelu_tanh")


def describe(trial):
    def behind(block):
        return (f"{ACTIVATIONS[block.activation]}{' bn' if block.batch_norm else ''}"
                f"{f' drop {block.dropout:g}' if block.dropout else ''}")
    parts = [f"{block.filters} {'sep' if block.separable else 'conv'} {block.kernel} {behind(block)} pool {block.pool}"
             for block in trial.architecture.convolutions]
    parts += ["average"] * trial.architecture.global_average
    parts += [f"{block.units} {behind(block)}{' ln' if block.layer_norm else ''}" for block in trial.architecture.blocks]
    network = " > ".join(parts)
    optimizer = trial.architecture.optimizer
    end = (f"{OUTCOMES[trial.end.outcome]}, {trial.end.epochs} epochs, best {trial.end.best_epoch}" if trial.end
           else f"unfinished, {len(trial.results)} epochs")
    return (f"{network or 'no blocks'} | {('adam', 'adamw', 'sgd')[optimizer.kind]} {optimizer.learning_rate:g} | "
            f"{('glorot', 'he')[trial.architecture.initialization]} | {end}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--data", help="the table, where it is not the one of experiment.yaml")
    parser.add_argument("--trial", type=int, action="append", help="only this one; may be repeated")
    arguments = parser.parse_args()
    different = 0
    try:
        run = Run(arguments.run, arguments.data)
        chosen = sorted(run.journal.trials) if arguments.trial is None else arguments.trial
        if unknown := [number for number in chosen if number not in run.journal.trials]:
            raise Damaged(f"the journal has no trial {unknown[0]}")
        final = arguments.run / "final.rondo"
        with numpy.errstate(all="ignore"):
            for number in chosen:
                trial = run.journal.trials[number]
                if not trial.results:
                    print(f"trial {number}: nothing to compare")
                    continue
                wrong = run.compare(trial)
                different += wrong is not None
                print(f"trial {number}: {wrong or 'EQUAL'} ({describe(trial)})", flush=True)
            if final.exists() and not arguments.trial:
                wrong = run.compare_final(run.journal.final(final))
                different += wrong is not None
                print(f"final: {wrong or 'EQUAL'}")
    except (OSError, Damaged) as error:
        print(f"retrain.py: {error}", file=sys.stderr)
        return 2
    return 4 if different else 0


if __name__ == "__main__":
    sys.exit(main())
