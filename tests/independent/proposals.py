#!/usr/bin/python3
"""Runs of `rondo search` with tpe, sobol, gp, cmaes, greedy and nsga2, whose trials are proposed again from the documents.

  proposals.py RONDO

Exit 0: all equal, 1: not, 77: no numpy, scipy or gmpy2 here.
"""
import fractions
import math
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    from scipy.stats import qmc

    import dominance
    import evolving
    import gaussian
    import wire
    from floats import LN2_HIGH, LN2_LOW, horner, inverse_normal, log_double
    from journal import Journal, _records
    from randomness import Draws, derive_key, philox
except ImportError as missing:
    print(missing)
    sys.exit(77)

TABLE = pathlib.Path(__file__).resolve().parents[2] / "tests/data/tables/penguins.csv"
SAMPLER_STREAM = 7
COMPLETED, DIVERGED, TOO_LARGE = 1, 2, 3
MIN_DELTA = 0.001
MUTATION = 0.5
OBJECTIVES = {"none": "[score, parameters, multiply_adds]", "asha": "[score, ticks]", "hyperband": "[score]"}

# Numbers of genes: coordinator/search/space.h. The lists below are one search space.
LAYERS, ACTIVATION, BATCH_NORM, DROPOUT, OPTIMIZER, RATE, DECAY, MOMENTUM, BATCH, INITIALIZATION = range(10)
FIRST_WIDTH = 32
ADAM, ADAMW, SGD = range(3)
LISTS = {LAYERS: [0, 1, 2, 3], ACTIVATION: [1, 2], BATCH_NORM: [0, 1], DROPOUT: [0.0, 0.25, 0.5],
         OPTIMIZER: [ADAM, ADAMW, SGD], RATE: [1000.0, 0.0625, 0.03125, 0.0078125, 0.001953125], DECAY: [0.5, 0.0, 0.25],
         MOMENTUM: [0.5, 0.75, 0.875], BATCH: [32, 64], INITIALIZATION: [0, 1]}
UNITS = [4, 8, 16, 32, 64, 128]
NUMBERS = {LAYERS, DROPOUT, RATE, DECAY, MOMENTUM, BATCH}
EXPERIMENT = """
data: {{path: {table}, target: species, metric: log_loss}}
search: {{sampler: {sampler}, seed: {seed}, lanes: {lanes}, stopper: {stopper}, tpe: {{startup_trials: 12, multivariate: {multivariate}}},
         gp: {{startup_trials: 8, candidates: 20}}, nsga2: {{population: 8, mutation: 0.5}}, objectives: {objectives}}}
space:
  dense_layers: [0, 1, 2, 3]
  units: [4, 8, 16, 32, 64, 128]
  activation: [tanh, sigmoid]
  batch_norm: [false, true]
  dropout: [0, 0.25, 0.5]
  optimizer: [adam, adamw, sgd]
  learning_rate: [1000, 0.0625, 0.03125, 0.0078125, 0.001953125]
  weight_decay: [0.5, 0, 0.25]
  momentum: [0.5, 0.75, 0.875]
  batch_size: [32, 64]
  initialization: [glorot_uniform, he_normal]
training: {{epochs: {epochs}, min_delta: 0.001}}
limits: {{parameters: 20000}}
budget: {{trials: {trials}}}
final: {{ensemble: 1}}
"""


def values_of(gene):
    return UNITS if gene >= FIRST_WIDTH else LISTS[gene]


def ordered(gene):
    values = values_of(gene)
    return (gene in NUMBERS or gene >= FIRST_WIDTH) and (values == sorted(values) or values == sorted(values)[::-1])


def applying(layers, optimizer):
    """Genes of a network, by number."""
    genes = {LAYERS, OPTIMIZER, RATE, BATCH, INITIALIZATION} | {FIRST_WIDTH + k for k in range(layers)}
    genes |= {ACTIVATION, BATCH_NORM, DROPOUT} if layers else set()
    return sorted(genes | ({DECAY} if optimizer == ADAMW else {MOMENTUM} if optimizer == SGD else set()))


def complete(index_of):
    """The genome of a rule for each gene."""
    layers = LISTS[LAYERS][index_of(LAYERS)]
    optimizer = LISTS[OPTIMIZER][index_of(OPTIMIZER)]
    return {gene: index_of(gene) for gene in applying(layers, optimizer)}


def genome_of(network):
    blocks, optimizer = network.blocks, network.optimizer
    values = {LAYERS: len(blocks), OPTIMIZER: optimizer.kind, RATE: optimizer.learning_rate, DECAY: optimizer.weight_decay,
              MOMENTUM: optimizer.momentum, BATCH: network.batch_size, INITIALIZATION: network.initialization}
    for k, block in enumerate(blocks):
        values |= {FIRST_WIDTH + k: block.units, ACTIVATION: block.activation, BATCH_NORM: block.batch_norm,
                   DROPOUT: block.dropout}
    return {gene: values_of(gene).index(values[gene]) for gene in applying(len(blocks), optimizer.kind)}


def pair(draws, element, attempt=0):
    """The 64-bit number of one element; Draws computes all before it, too, and these elements are far out."""
    counter = (2 * element // 4, draws.step, draws.tensor, draws.stream + (attempt << 16))
    words, first = philox(draws.key, counter), 2 * element % 4
    return int(words[first]) << 32 | int(words[first + 1])


def uniform(draws, element):
    return (pair(draws, element) >> 11) * 2.0**-53


def bounded(draws, element, bound):
    attempt = 0
    while True:
        x = pair(draws, element, attempt) * bound
        if x % 2**64 >= 2**64 % bound:
            return x >> 64
        attempt += 1


EXP_COEFFICIENTS = [float.fromhex(text) for text in (
    "0x1.5555555555556p-3 0x1.5555555555554p-5 0x1.111111111070cp-7 0x1.6c16c16c179fbp-10 0x1.a01a01a90168fp-13 "
    "0x1.a01a019c4ee01p-16 0x1.71de0a3fb7a95p-19 0x1.27e4f82b185c5p-22 0x1.af3f003162c48p-26 0x1.1f3e52bc276dep-29").split()]


def exp_double(x):
    """exp by the four steps of common/numerics/README.md."""
    if x < -745.2:
        return 0.0
    k = (x * float.fromhex("0x1.71547652b82fep0") + 1.5 * 2.0**52) - 1.5 * 2.0**52
    t = x - k * LN2_HIGH
    r = t - k * LN2_LOW
    low = (t - r) - k * LN2_LOW
    q = r * r
    c = 0.5 * q + (q * r) * horner(EXP_COEFFICIENTS, r)
    high = 1 + r
    v = high + ((r - (high - 1)) + (low + c))
    a = int(k / 2)
    return float(fractions.Fraction(v * 2.0**a) * fractions.Fraction(2) ** (int(k) - a))


def from_left(values):
    total = 0.0
    for value in values:
        total += value
    return total


def pick(masses, u):
    threshold, total = u * from_left(masses), 0.0
    for index, mass in enumerate(masses[:-1]):
        total += mass
        if threshold < total:
            return index
    return len(masses) - 1


def weights(n):
    r = n - 25
    if r <= 0:
        return [1.0] * n
    step = (1 - 1 / n) / (r - 1) if r > 1 else 0.0
    return [1 / n + i * step for i in range(r)] + [1.0] * 25


def bell(m, sigma, c):
    row = [exp_double(-0.5 * (((j - m) / sigma) * ((j - m) / sigma))) for j in range(c)]
    total = from_left(row)
    return [value / total for value in row]


def spike(m, c, n):
    s = 1 / (n + 1)
    t = 1 + s * c
    return [(s + 1) / t if j == m else s / t for j in range(c)]


def prior(gene):
    c = len(values_of(gene))
    return bell(0.5 * (c - 1), c, c) if ordered(gene) else [1 / c] * c


def clip(sigma, c, n):
    return min(max(sigma, c / min(100, n + 2)), c)


def masses(gene, seen):
    c, n = len(values_of(gene)), len(seen)
    aged = list(zip(seen, weights(n)))
    if not ordered(gene):
        total = prior(gene)
        for index in range(c):
            weight = from_left(w for m, w in aged if m == index)
            total = [old + weight * new for old, new in zip(total, spike(index, c, n))]
        return total
    centre = 0.5 * (c - 1)
    kernels = sorted([(m, 0, w) for m, w in aged] + [(centre, 1, 1.0)], key=lambda kernel: kernel[:2])
    runs = []  # centre, sigma or None for the prior, weight
    for i, (m, is_prior, w) in enumerate(kernels):
        gaps = [abs(kernels[other][0] - m) for other in (i - 1, i + 1) if 0 <= other < len(kernels)]
        sigma = None if is_prior else clip(max(gaps), c, n)
        if runs and not is_prior and runs[-1][:2] == [m, sigma]:
            runs[-1][2] += w
        else:
            runs.append([m, sigma, w])
    total = [0.0] * c
    for m, sigma, w in runs:
        total = [old + w * new for old, new in zip(total, prior(gene) if sigma is None else bell(m, sigma, c))]
    return total


class Joint:
    def __init__(self, genes, trials):
        self.genes, n = genes, len(trials)
        self.weights = weights(n) + [1.0]
        sigma = 0.2 * exp_double(-(log_double(max(1.0, n)) / (len(genes) + 4)))
        rows = {}
        for gene in genes:
            c = len(values_of(gene))
            rows[gene] = [bell(m, clip(sigma * c, c, n), c) if ordered(gene) else spike(m, c, n) for m in range(c)]
        self.kernels = [[rows[gene][trial[gene]] for gene in genes] for trial in trials] + [[prior(gene) for gene in genes]]

    def mass(self, point):
        total = 0.0
        for weight, kernel in zip(self.weights, self.kernels):
            for row, index in zip(kernel, point):
                weight *= row[index]
            total += weight
        return total


class Tpe:
    def __init__(self, seed, multivariate):
        self.seed, self.multivariate = seed, multivariate

    def propose(self, trial, attempt, history):
        def draws(tensor):
            return Draws(derive_key(self.seed, "sampler", trial), SAMPLER_STREAM, tensor, attempt)
        known = [t for t in history if t.outcome in (COMPLETED, DIVERGED, TOO_LARGE) or t.rung]
        board = sorted((t for t in known if t.outcome in (0, COMPLETED)), key=lambda t: (
            t.outcome != COMPLETED, 0 if t.outcome else -t.rung, math.isnan(t.score), t.score, t.parameters, t.id))
        if len(known) < 12 or not board or attempt >= 10:
            return complete(lambda gene: bounded(draws(0), gene, len(values_of(gene))))
        best = {t.id for t in board[:min((len(known) + 9) // 10, 25)]}
        good = [t.genome for t in history if t.id in best]
        others = [t.genome for t in history if t.id not in best]
        count = max(1, 24 >> attempt)
        indices = {}
        if self.multivariate:
            shared = [gene for gene in range(FIRST_WIDTH + 3) if all(gene in t.genome for t in history)]
            left, right, most = Joint(shared, good), Joint(shared, others), -1.0
            for k in range(count):
                kernel = left.kernels[pick(left.weights, uniform(draws(4), k))]
                point = [pick(row, uniform(draws(3), gene * 2**16 + k)) for gene, row in zip(shared, kernel)]
                ratio = left.mass(point) / right.mass(point)
                if ratio > most:
                    most, indices = ratio, dict(zip(shared, point))

        def chosen(gene):
            if gene not in indices:
                left, right = (masses(gene, [g[gene] for g in side if gene in g]) for side in (good, others))
                found = [pick(left, uniform(draws(3), gene * 2**16 + k)) for k in range(count)]
                indices[gene] = max(found, key=lambda index: left[index] / right[index])
            return indices[gene]
        return complete(chosen)


class Sobol:
    """SciPy's points, scrambled by coordinator/search/README.md."""

    def __init__(self, seed, most):
        self.key = derive_key(seed, "sampler")
        points = qmc.Sobol(FIRST_WIDTH + 3, scramble=False, bits=32).random(2 ** most.bit_length())
        self.points = (points * 2.0**32).astype(numpy.uint64)

    def propose(self, trial, attempt, _history):
        def index_of(gene):
            rows = Draws(self.key, SAMPLER_STREAM, gene, 0).words(32)
            point, value = int(self.points[trial][gene]), 0
            for r in range(32):
                row = int(rows[r]) >> (32 - r) << (32 - r) | 1 << (31 - r)
                value |= (bin(row & point).count("1") & 1) << (31 - r)
            value ^= int(Draws(self.key, SAMPLER_STREAM, gene, attempt).words(33)[32])
            return value * len(values_of(gene)) >> 32
        return complete(index_of)


class Gp:
    """coordinator/search/GP.md"""

    def __init__(self, seed, most):
        self.seed, self.sobol = seed, Sobol(seed, most)
        self.genes = [*range(10), *range(FIRST_WIDTH, FIRST_WIDTH + 3)]
        self.process = gaussian.Process([ordered(gene) for gene in self.genes])

    def places(self, genomes):
        def place(genome, gene):
            if ordered(gene):
                return genome[gene] / (len(values_of(gene)) - 1) if gene in genome else 0.5
            return float(genome.get(gene, -1))
        return numpy.array([[place(genome, gene) for gene in self.genes] for genome in genomes])

    def neighbours(self, genome):
        found = []
        for gene in self.genes:
            if gene not in genome:
                continue
            count, index = len(values_of(gene)), genome[gene]
            others = [other for other in range(count) if other != index]
            if ordered(gene):
                steps = [2**k for k in range(12) if 2**k < count]
                others = [other for step in steps for other in (index - step, index + step) if 0 <= other < count]
            for other in others:
                values = {**genome, gene: other}
                found.append(complete(lambda one, values=values: values.get(one, len(values_of(one)) // 2)))
        return found

    def propose(self, trial, attempt, history):
        known = sorted((t for t in history if t.outcome in (COMPLETED, DIVERGED, TOO_LARGE) or t.rung), key=lambda t: t.place)
        seen = [(t.score if t.outcome in (0, COMPLETED) and t.score == t.score else None, t.genome) for t in known]
        if len(seen) < 8 or all(score is None for score, _ in seen) or attempt > 0:
            return self.sobol.propose(trial, attempt, history)
        at = gaussian.lengths_of(self.process, seen, lambda few: self.places([one[1] for one in few]), 8, len(self.genes))
        kept = gaussian.thinned(seen, 1000)
        believed = [t.genome for t in history if not t.outcome and not t.rung]
        model = self.places([one[1] for one in kept] + believed)
        predict = self.process.predictor(model, gaussian.standardised(kept), at)
        incumbent, tried = float(predict(model)[0].min()), [t.genome for t in history]
        best = [-math.inf, None]

        def scored(genomes):
            means, deviations = predict(self.places(genomes))
            result = []
            for genome, mean, deviation in zip(genomes, means.tolist(), deviations.tolist()):
                worth = gaussian.log_improvement((incumbent - mean) / deviation) + log_double(deviation)
                if worth > best[0] and genome not in tried:
                    best[:] = [worth, genome]
                result.append((worth, genome))
            return result
        draws = Draws(derive_key(self.seed, "sampler", trial), SAMPLER_STREAM, 5, attempt)
        starts = [complete(lambda gene, k=k: bounded(draws, gene * 2**16 + k, len(values_of(gene)))) for k in range(20)]
        for i in gaussian.by_score(kept)[:3]:
            starts += self.neighbours(kept[i][1])
        for worth, genome in sorted(scored(starts), key=lambda one: -one[0])[:3]:
            for _ in range(12):
                most, around = max(scored(self.neighbours(genome)), key=lambda one: one[0])
                if not most > worth:
                    break
                worth, genome = most, around
        return best[1] or self.sobol.propose(trial, attempt, history)


class Cmaes:
    """coordinator/search/CMAES.md"""

    def __init__(self, seed):
        self.seed, self.axes = seed, []
        for gene in [*range(10), *range(FIRST_WIDTH, FIRST_WIDTH + 3)]:
            c = len(values_of(gene))
            self.axes.append((gene, c, 1 if ordered(gene) or c == 2 else c))
        bounds = []
        for _, c, coordinates in self.axes:
            cell = 1 / c
            bounds += [(cell / 2, 1 - cell / 2, cell / 4)] if coordinates == 1 else [(0.25, 0.75, 0.15)] * c
        self.start = evolving.Model(*zip(*bounds))

    def place(self, model, trial, attempt):
        draws = Draws(derive_key(self.seed, "sampler", trial), SAMPLER_STREAM, 6, attempt)
        numbers = [pair(draws, gene * 2**16 + k) >> 12 for gene, _, coordinates in self.axes for k in range(coordinates)]
        return model.place(inverse_normal((numpy.array(numbers) + 0.5) * 2.0**-52))

    def genome(self, place):
        values, first = {}, 0
        for gene, c, coordinates in self.axes:
            here = place[first:first + coordinates]
            values[gene] = min(int(here[0] * c), c - 1) if coordinates == 1 else int(numpy.argmax(here))
            first += coordinates
        return complete(lambda gene: values[gene])

    def propose(self, trial, attempt, history):
        if attempt >= 10:
            draws = Draws(derive_key(self.seed, "sampler", trial), SAMPLER_STREAM, 0, attempt)
            return complete(lambda gene: bounded(draws, gene, len(values_of(gene))))
        known, newest, generation = sorted((t for t in history if t.place), key=lambda t: t.place), [self.start], []
        for t in known:
            found = [x for x in (self.place(newest[t.known_before], t.id, a) for a in range(10)) if self.genome(x) == t.genome]
            if found:
                generation.append((t, found[0]))
            newest.append(newest[-1])
            if len(generation) == evolving.generation_of(len(self.start.mean)):
                if any(t.first_score is not None for t, _ in generation):
                    generation.sort(key=lambda one: (one[0].first_score is None, one[0].first_score or 0.0,
                                                     one[0].parameters, one[0].id))
                    applies = [[gene in t.genome for gene, _, coordinates in self.axes for _ in range(coordinates)]
                               for t, _ in generation]
                    newest[-1] = newest[-1].updated([x for _, x in generation], applies)
                generation = []
        return self.genome(self.place(newest[-1], trial, attempt))


class Greedy:
    """coordinator/search/README.md"""
    BLOCKS = [{OPTIMIZER, RATE, DECAY, MOMENTUM, BATCH, INITIALIZATION},
              {LAYERS, ACTIVATION, BATCH_NORM, DROPOUT, *range(FIRST_WIDTH, FIRST_WIDTH + 3)}]
    GRID = [LAYERS, *range(FIRST_WIDTH, FIRST_WIDTH + 3), ACTIVATION, BATCH_NORM, DROPOUT, OPTIMIZER, RATE, DECAY, MOMENTUM,
            BATCH, INITIALIZATION]

    def __init__(self, seed):
        self.seed = seed

    def propose(self, trial, attempt, history):
        key = derive_key(self.seed, "sampler", trial)
        fresh, change = (Draws(key, SAMPLER_STREAM, tensor, attempt) for tensor in (0, 7))

        def drawn(gene):
            return bounded(fresh, gene, len(values_of(gene)))
        board = [t for t in history if t.outcome == COMPLETED or (t.outcome == 0 and t.rung)]
        if not board:
            return complete(drawn)
        parent = min(board, key=lambda t: (math.isnan(t.score), t.score, t.parameters, t.id)).genome
        leaves = [gene for gene in self.GRID if gene in parent and len(values_of(gene)) > 1]
        stage, leaf = bounded(change, 0, 3), leaves[bounded(change, 1, len(leaves))]
        other = bounded(change, 2, len(values_of(leaf)) - 1)
        anew = [set(self.GRID), *(block for block in self.BLOCKS if leaf in block), set()][stage]
        values = {gene: index for gene, index in parent.items() if gene not in anew}
        if stage == 2:
            values[leaf] = other + (other >= parent[leaf])
        return complete(lambda gene: values[gene] if gene in values else drawn(gene))


class Nsga2:
    """coordinator/search/NSGA2.md"""

    def __init__(self, seed, objectives):
        self.seed, self.costs = seed, [name in objectives for name in ("parameters", "multiply_adds", "ticks")]

    def valued(self, past):
        epochs = past.epochs if past.outcome else past.rung
        costs = (past.parameters, past.multiply_adds, past.ticks_per_epoch * epochs)
        return past.score, tuple(cost * counts for cost, counts in zip(costs, self.costs)), past.id

    def propose(self, trial, attempt, history):
        def draws(tensor):
            return Draws(derive_key(self.seed, "sampler", trial), SAMPLER_STREAM, tensor, attempt)

        def fresh(gene):
            return bounded(draws(0), gene, len(values_of(gene)))
        known = [self.valued(t) for t in history if t.outcome == COMPLETED or (not t.outcome and t.rung)]
        members = dominance.ranked(known, 8)
        if len(members) < 8:
            return complete(fresh)

        def parent(element):
            place = min(bounded(draws(1), element, 8), bounded(draws(1), element + 1, 8))
            return history[members[place]].genome
        child = parent(0)
        if uniform(draws(8), 0) < 0.9:
            first, second = child, parent(2)

            def one_of_them(gene):
                if gene in first and gene in second:
                    return (second if bounded(draws(7), gene, 2) else first)[gene]
                return first[gene] if gene in first else second[gene] if gene in second else fresh(gene)
            child = complete(one_of_them)
        # In the order of the grid: layers, widths, the others by number, the batch size behind momentum and decay.
        order = [LAYERS, *range(FIRST_WIDTH, FIRST_WIDTH + 3), *range(1, FIRST_WIDTH)]
        choices = [gene for gene in order if gene in child and len(values_of(gene)) > 1]
        if uniform(draws(8), 1) < MUTATION:
            gene = choices[bounded(draws(2), 0, len(choices))]
            value = bounded(draws(2), 1, len(values_of(gene)) - 1)
            changed = {**child, gene: value + (value >= child[gene])}
            child = complete(lambda one: changed[one] if one in changed else fresh(one))
        return child


class Past:
    def __init__(self, proposal):
        self.id, self.genome, self.parameters = proposal.trial, genome_of(proposal.architecture), proposal.parameters
        # Every weight is used once a row; the others are biases, of the three classes too, and batch norm's.
        self.multiply_adds = self.parameters - 3 - sum(block.units * (3 if block.batch_norm else 1) for block in
                                                       proposal.architecture.blocks)
        self.ticks_per_epoch = proposal.ticks_per_epoch
        self.outcome, self.score = 0, 0.0  # as of its last rung, or its end
        self.rung, self.epochs, self.best_loss, self.best_score = 0, 0, math.inf, 0.0
        self.place = 0  # among first rungs and ends, in their order
        self.known_before, self.first_score = 0, None  # first rungs and ends before it; what it was worth at its own


def check(folder, sampler):
    """(proposals that differ, outcomes seen, most attempts)"""
    Journal(folder / "journal.rondo")  # what it refuses is damaged
    history, wrong, attempts, places = [], 0, 0, 0
    for payload, _ in list(_records((folder / "journal.rondo").read_bytes(), b"RONDOJ1\n", b""))[1:]:
        record = wire.decode(wire.RECORD, payload)
        if record.proposal:
            tries = [sampler.propose(record.proposal.trial, attempt, history) for attempt in
                     range(record.proposal.redraws + 1)]
            past = Past(record.proposal)
            earlier = [t.genome for t in history]
            if tries[-1] != past.genome or any(skipped not in earlier for skipped in tries[:-1]):
                wrong += 1
            attempts = max(attempts, len(tries))
            past.known_before = sum(1 for t in history if t.place)
            history.append(past)
        elif record.report:
            past, result = history[record.report.trial], record.report.result
            past.epochs += 1
            if result.validation_loss < past.best_loss - MIN_DELTA:
                past.best_loss, past.best_score = result.validation_loss, result.score
        elif record.rung:
            past = history[record.rung.trial]
            past.rung, past.score = past.epochs, past.best_score
            places += 1
            if not past.place:
                past.place, past.first_score = places, past.score if past.best_loss < math.inf else None
        elif record.end:
            places += 1
            past, end = history[record.end.trial], record.end.end
            past.outcome, past.score = end.outcome, end.best_score
            if not past.place:
                scored = end.outcome == COMPLETED and end.best_score == end.best_score
                past.place, past.first_score = places, end.best_score if scored else None
    return wrong, {t.outcome for t in history}, attempts, len(history)


def main():
    rondo, failed, outcomes, most = pathlib.Path(sys.argv[1]).resolve(), False, set(), 0
    runs = [("tpe", "none", 2, 7, "false", 5, 60), ("tpe", "none", 2, 0, "true", 3, 60), ("sobol", "none", 2, 0, "false", 4, 40),
            ("tpe", "asha", 8, 3, "false", 5, 60), ("tpe", "hyperband", 9, 4, "true", 4, 60),
            ("gp", "none", 2, 5, "false", 4, 40), ("gp", "asha", 8, 6, "false", 5, 40),
            ("cmaes", "none", 2, 8, "false", 4, 60), ("cmaes", "asha", 4, 9, "false", 5, 60),
            ("greedy", "none", 2, 10, "false", 4, 60), ("greedy", "asha", 4, 11, "false", 5, 60),
            ("nsga2", "none", 2, 12, "false", 4, 60), ("nsga2", "asha", 4, 13, "false", 5, 60)]
    with tempfile.TemporaryDirectory(prefix="rondo-proposals-") as name:
        for sampler, stopper, epochs, seed, multivariate, lanes, trials in runs:
            path, out = pathlib.Path(name) / "experiment.yaml", pathlib.Path(name) / f"{sampler}-{seed}"
            path.write_text(EXPERIMENT.format(table=TABLE, sampler=sampler, stopper=stopper, epochs=epochs, seed=seed,
                                              multivariate=multivariate, lanes=lanes, trials=trials,
                                              objectives=OBJECTIVES[stopper]), encoding="utf-8")
            done = subprocess.run([rondo, "search", path, "--out", out], check=False, capture_output=True, text=True)
            if done.returncode != 0:
                print(done.stdout, done.stderr)
                return 1
            again = {"sobol": lambda: Sobol(seed, trials), "gp": lambda: Gp(seed, trials), "cmaes": lambda: Cmaes(seed),
                     "greedy": lambda: Greedy(seed),
                     "nsga2": lambda: Nsga2(seed, OBJECTIVES[stopper]),
                     "tpe": lambda: Tpe(seed, multivariate == "true")}[sampler]()
            wrong, seen, attempts, count = check(out, again)
            print(f"{sampler}, stopper {stopper}, multivariate {multivariate}: {count - wrong} of {count} equal, at most {attempts} attempts")
            failed |= wrong > 0 or count != trials
            outcomes, most = outcomes | seen, max(most, attempts)
    if not {COMPLETED, DIVERGED, TOO_LARGE} <= outcomes:
        print("FAILED: outcomes", sorted(outcomes), "leave something untried")
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
