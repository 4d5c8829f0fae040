"""Scores of predictions: common/metrics/README.md."""
import math

import numpy as np

from floats import F32, log_double, tree

ACCURACY, LOG_LOSS, ROC_AUC, RMSE, MAE, R2 = range(1, 7)
NAMES = {ACCURACY: "accuracy", LOG_LOSS: "log_loss", ROC_AUC: "roc_auc", RMSE: "rmse", MAE: "mae", R2: "r2"}
NAN = float("nan")


def _area(scores, positive):
    """Pairs in which the positive is higher, equal ones half."""
    positives, negatives = scores[positive], scores[~positive]
    twice = sum(2 * int((p > negatives).sum()) + int((p == negatives).sum()) for p in positives)
    return twice / (2 * len(positives) * len(negatives))


def _roc_auc(p, classes):
    if p.shape[1] == 1:
        positive = classes == 1
        return _area(p[:, 0], positive) if 0 < positive.sum() < len(classes) else NAN
    areas = [_area(p[:, c], classes == c) for c in range(p.shape[1]) if 0 < (classes == c).sum() < len(classes)]
    return float(tree(areas)) / float(len(areas)) if areas else NAN


def _log_loss(p, classes):
    low = 2.0**-23
    losses = []
    for row, c in zip(p.astype(float), classes):
        true = row[c] if p.shape[1] > 1 else row[0] if c == 1 else 1.0 - row[0]
        losses.append(-log_double(float(min(max(true, low), 1.0 - low))))
    return float(tree(losses)) / float(len(classes))


def _accuracy(p, classes):
    if p.shape[1] == 1:
        chosen = p[:, 0] >= F32(0.5)
    else:
        chosen = np.argmax(np.where(np.isnan(p), F32(-1), p), axis=1)
    return float((chosen == classes).sum()) / float(len(classes))


def _r2(d, truth):
    m = tree(truth) / float(len(truth))
    top, bottom = tree(d * d), tree((truth - m) * (truth - m))
    if np.all(truth == truth[0]) or bottom == 0:
        return 1.0 if np.all(d == 0) else 0.0
    return float(1.0 - top / bottom)


def score(metric, predictions, truth):
    if metric != ACCURACY and np.isnan(predictions).any():
        return NAN
    if metric in (ACCURACY, LOG_LOSS, ROC_AUC):
        return {ACCURACY: _accuracy, LOG_LOSS: _log_loss, ROC_AUC: _roc_auc}[metric](predictions, truth)
    d = predictions[:, 0] - truth
    if metric == RMSE:
        return math.sqrt(tree(d * d) / float(len(d)))
    return float(tree(np.abs(d)) / float(len(d))) if metric == MAE else _r2(d, truth)
