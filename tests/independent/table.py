"""From a CSV file to the numbers that a network sees: common/data/README.md."""
import csv
import io
import math
import re

import numpy as np

from floats import F32, F64
from randomness import FOLD, SPLIT, Draws, derive_key

BINARY, MULTICLASS, REGRESSION = 1, 2, 3
NUMERIC = 1
ONE_HOT, ORDINAL, FREQUENCY = 1, 2, 3
SHUFFLED, STRATIFIED, LAST_ROWS, BY_COLUMN = 1, 2, 3, 4
MISSING = set(("|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NAN|NULL|NaN|None|"
               "n/a|nan|null").split("|"))
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


def read_columns(data):
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    names = rows[0]
    body = [row or [""] for row in rows[1:] if row or len(names) == 1]
    return {name: [row[place] for row in body] for place, name in enumerate(names)}


def is_missing(cell):
    return cell.strip(" \t") in MISSING


def number_of(cell):
    """The cell's double, or None."""
    text = cell.strip(" \t")
    return float(text) + 0.0 if NUMBER.match(text) else None  # + 0: -0 becomes +0


# --- classes

def labels_of(cells):
    """The label of every cell, and all labels in their order."""
    spellings = {}
    for cell in cells:
        value = number_of(cell)
        spellings.setdefault(cell if value is None else value, set()).add(cell)

    def order(key):
        return (1, 0, key.encode()) if isinstance(key, str) else (0, key, b"")
    ordered = sorted(spellings, key=order)
    index = {key: place for place, key in enumerate(ordered)}
    values = [number_of(cell) for cell in cells]
    return [index[cell if value is None else value] for cell, value in zip(cells, values)], len(ordered)


# --- split

def _count(setting, rows):
    return math.ceil(setting * float(rows)) if setting < 1 else int(setting)


def _stratified(order, classes, rows, wanted):
    """`wanted` of the `rows`: every class's share, each class's first ones in `order`."""
    sizes = {}
    for row in rows:
        sizes[classes[row]] = sizes.get(classes[row], 0) + 1
    share = {c: wanted * size // len(rows) for c, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda c: (-(wanted * sizes[c] % len(rows)), c))
    for c in by_remainder[:wanted - sum(share.values())]:
        share[c] += 1
    taken, inside = set(), set(rows)
    for row in order:
        if row in inside and share[classes[row]] > 0:
            share[classes[row]] -= 1
            taken.add(row)
    return taken


def split_rows(settings, seed, columns, classes, n):
    """Train, validation and test rows, ascending."""
    everything = set(range(n))
    if settings.rule == BY_COLUMN:
        words = columns[settings.column]
        return tuple([row for row in range(n) if words[row] == part] for part in ("train", "validation", "test"))
    t = _count(settings.test, n)
    v = 0 if settings.folds else _count(settings.validation, n - t)
    order = Draws(derive_key(seed, "data"), SPLIT).permutation(n)
    if settings.rule == STRATIFIED:
        test = _stratified(order, classes, sorted(everything), t)
        validation = _stratified(order, classes, sorted(everything - test), v)
    elif settings.rule == SHUFFLED:
        test, validation = set(order[:t]), set(order[t:t + v])
    else:
        test, validation = set(range(n - t, n)), set(range(n - t - v, n - t))
    return sorted(everything - test - validation), sorted(validation), sorted(test)


def fold_rows(settings, seed, parts, classes, n):
    """Train and validation rows of what a trial's networks are trained on: one pair, or one for each fold."""
    train, validation, test = parts
    if not settings.folds:
        return [(train, validation)]
    order = [row for row in Draws(derive_key(seed, "data"), FOLD).permutation(n) if row not in set(test)]
    if settings.rule == STRATIFIED:
        order.sort(key=lambda row: classes[row])
    dealt = [sorted(order[fold::settings.folds]) for fold in range(settings.folds)]
    return [(sorted(set(train) - set(fold)), fold) for fold in dealt]


# --- preprocessing

class Standard:
    """Mean and scale of some doubles; a constant's scale is 1."""

    def __init__(self, values):
        n = float(len(values))
        total = 0.0
        for x in values:
            total += x
        self.mean = total / n
        squares = differences = 0.0
        for x in values:
            d = x - self.mean
            squares += d * d
            differences += d
        variance = (squares - differences * differences / n) / n
        e = n * self.mean * 2.0**-52
        constant = variance <= n * 2.0**-52 * variance + e * e
        self.scale = 1.0 if constant else math.sqrt(variance)

    def __call__(self, values):
        largest = float(np.finfo(F32).max)
        return [F32(min(max((x - self.mean) / self.scale, -largest), largest)) for x in values]


def _numeric_inputs(cells, train, data):
    values = [None if is_missing(cell) else number_of(cell) for cell in cells]
    present = sorted(values[row] for row in train if values[row] is not None)
    middle = len(present) // 2
    if not present:
        imputed = 0.0
    elif data.numeric_imputation == 0:
        imputed = present[middle] if len(present) % 2 else (present[middle - 1] + present[middle]) / 2
    else:
        total = 0.0
        for row in train:
            if values[row] is not None:
                total += values[row]
        imputed = total / float(len(present))
    filled = [imputed if x is None else x for x in values]
    inputs = [Standard([filled[row] for row in train])(filled)]
    if data.missing_indicator and any(values[row] is None for row in train):
        inputs.append([F32(x is None) for x in values])
    return inputs


def _categorical_inputs(cells, train, encoding):
    words = [b"" if is_missing(cell) else cell.encode() for cell in cells]
    counts = {}
    for row in train:
        counts[words[row]] = counts.get(words[row], 0) + 1
    categories = sorted(counts)
    if encoding == ONE_HOT:
        return [[F32(word == category) for word in words] for category in categories]
    if encoding == ORDINAL:
        code = {word: float(place) for place, word in enumerate(categories)}
        codes = [code.get(word, -1.0) for word in words]
    else:
        codes = [float(counts.get(word, 0)) / float(len(train)) for word in words]
    return [Standard([codes[row] for row in train])(codes)]


class Prepared:
    """Inputs of all rows and their truth, fitted on the rows `train`."""

    def __init__(self, experiment, columns, train):
        data = experiment.data
        inputs = []
        for column in data.columns:
            if column.type == NUMERIC:
                inputs += _numeric_inputs(columns[column.name], train, data)
            else:
                inputs += _categorical_inputs(columns[column.name], train, column.encoding)
        cells = columns[data.target]
        self.task, self.image = data.task, None
        if data.image and data.image.width:  # a height or a number of channels that is left out is 1
            self.image = (data.image.height or 1, data.image.width, data.image.channels or 1)
        self.inputs = np.array(inputs, F32).reshape(len(inputs), len(cells)).T
        self.mean = self.scale = None
        if self.task == REGRESSION:
            truth = [number_of(cell) for cell in cells]
            standard = Standard([truth[row] for row in train])
            self.mean, self.scale, self.outputs = standard.mean, standard.scale, 1
            self.truth, self.targets = np.array(truth, F64), np.array(standard(truth), F32)
        else:
            classes, count = labels_of(cells)
            self.outputs = 1 if self.task == BINARY else count
            self.truth = self.targets = np.array(classes)
