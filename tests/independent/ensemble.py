"""The greedy ensemble: coordinator/search/ENSEMBLE.md."""
import hashlib

import numpy as np

import metrics
from randomness import ENSEMBLE, Draws, derive_key

GREEDY = 1  # final.ensemble_rule
WINNER, MEAN, SELECTION = 1, 2, 3
HIGHER = {metrics.ACCURACY, metrics.ROC_AUC, metrics.R2}


def better(metric, a, b):
    if np.isnan(a) or np.isnan(b):
        return not np.isnan(a) and bool(np.isnan(b))
    return a > b if metric in HIGHER else a < b


def ranking(journal, metric):
    """Trials that completed, best first. (Those that a stopper paused have a place, too; not here.)"""
    def key(trial):
        score = trial.end.best_score
        return (np.isnan(score), 0 if np.isnan(score) else -score if metric in HIGHER else score, trial.parameters, trial.id)
    return sorted((trial for trial in journal.trials.values() if trial.end and trial.end.outcome == 1), key=key)


def mean(predictions):
    """Of several networks, each an array of floats (probabilities) or doubles (values)."""
    total = np.zeros(predictions[0].shape)
    for one in predictions:
        total = total + one.astype(float)
    return (total / float(len(predictions))).astype(predictions[0].dtype)


def halves(seed, truth, classes):
    order = Draws(derive_key(seed, "final"), ENSEMBLE).permutation(len(truth))
    if classes:
        order = sorted(order, key=lambda row: truth[row])
    return sorted(order[0::2]), sorted(order[1::2])


class Scores:
    def __init__(self, metric, truth, candidates, parts):
        self.metric, self.truth, self.candidates, self.parts = metric, truth, candidates, parts

    def of(self, picks, part):
        rows = self.parts[part]
        if not rows:
            return float("nan")
        return metrics.score(self.metric, mean([self.candidates[place][rows] for place in picks]), self.truth[rows])

    def select(self, most, part, order):
        picks, kept, best = [], [], float("nan")
        for _ in range(most):
            chosen = score = None
            for place in order:
                other = self.of(picks + [place], part)
                if chosen is None or better(self.metric, other, score):
                    chosen, score = place, other
            picks.append(chosen)
            if not kept or better(self.metric, score, best):
                kept, best = list(picks), score
        return kept


def compare(selection, trials, predictions, truth, settings, seed, metric):
    """What differs of a selection, or None. `predictions`: of each of the trials, best first."""
    classes = predictions[0].dtype == np.float32
    parts = [*halves(seed, truth, classes), list(range(len(truth)))]
    scores = Scores(metric, truth, predictions, parts)
    places = range(len(trials))
    picks = scores.select(settings.ensemble, 2, places)
    expected = [("rows", [selection.selection_rows, selection.held_out_rows], [len(part) for part in parts[:2]]),
                ("candidates", [one.trial for one in selection.candidates], trials),
                ("picks", list(selection.picks), [trials[place] for place in picks])]
    for place, one in enumerate(selection.candidates):
        data = hashlib.sha256(predictions[place].astype("<f4" if classes else "<f8").tobytes()).digest()
        expected.append((f"trial {one.trial}'s predictions", one.predictions_digest, data))
        expected.append((f"trial {one.trial}'s scores", [one.selection_score, one.held_out_score],
                         [scores.of([place], part) for part in (0, 1)]))

    def key(place):
        score = scores.of([place], 0)
        return (bool(np.isnan(score)), 0 if np.isnan(score) else -score if metric in HIGHER else score, trials[place])
    best = sorted(places, key=key)[:settings.ensemble]
    by_number = sorted(places, key=lambda place: trials[place])
    contenders = [(WINNER, best[:1]), (MEAN, best), (SELECTION, scores.select(settings.ensemble, 0, by_number))]
    shipped, held_out = MEAN, scores.of(best, 1)
    for one, (kind, chosen) in zip(selection.contenders, contenders):
        found = [scores.of(chosen, part) for part in (0, 1)]
        expected.append((f"contender {kind}", [one.kind, one.networks], [kind, len(set(chosen))]))
        expected.append((f"contender {kind}'s scores", [one.selection_score, one.held_out_score], found))
        if better(metric, found[1], held_out):
            shipped, held_out = kind, found[1]
    expected.append(("shipped", selection.shipped, shipped))
    for name, theirs, ours in expected:
        if repr(theirs) != repr(ours):
            return f"{name}: {theirs} in final.rondo, {ours} here"
    return None


def weights(selection, networks):
    """How often each network of the model counts."""
    if selection is None or selection.shipped != SELECTION:
        return [0] * len(networks)
    return [max(list(selection.picks).count(one.trial), 1) for one in networks]
