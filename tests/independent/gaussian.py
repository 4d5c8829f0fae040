"""The Gaussian process of coordinator/search/GP.md, from that page alone. What a network is comes from the caller."""
import math

import numpy as np

from floats import LN2_HIGH, LN2_LOW, horner, log_double

EXP_COEFFICIENTS = [float.fromhex(text) for text in (
    "0x1.5555555555556p-3 0x1.5555555555554p-5 0x1.111111111070cp-7 0x1.6c16c16c179fbp-10 0x1.a01a01a90168fp-13 "
    "0x1.a01a019c4ee01p-16 0x1.71de0a3fb7a95p-19 0x1.27e4f82b185c5p-22 0x1.af3f003162c48p-26 0x1.1f3e52bc276dep-29").split()]
ROOT_HALF_PI = float.fromhex("0x1.40d931ff62706p+0")
HALF_LOG_TWO_PI = float.fromhex("0x1.d67f1c864beb5p-1")
FIVE_THIRDS = 5 / 3
LEAST = 2.0**-40


def exp(x):
    """By the four steps of common/numerics/README.md."""
    x = np.asarray(x, np.float64)
    k = (x * float.fromhex("0x1.71547652b82fep0") + 1.5 * 2.0**52) - 1.5 * 2.0**52
    t = x - k * LN2_HIGH
    r = t - k * LN2_LOW
    low = (t - r) - k * LN2_LOW
    q = r * r
    c = 0.5 * q + (q * r) * horner(EXP_COEFFICIENTS, r)
    high = 1 + r
    v = high + ((r - (high - 1)) + (low + c))
    a = np.trunc(k / 2).astype(int)
    return np.where(x < -745.2, 0.0, np.ldexp(np.ldexp(v, a), k.astype(int) - a))


def log_improvement(z):
    t = abs(z)
    if t < 2:
        total, term = 0.0, t
        for k in range(30):
            total += term
            term = term * (t * t) / (2 * k + 3)
        q = 1 - t * (ROOT_HALF_PI * float(exp(0.5 * (t * t))) - total)
    else:
        tail = 0.0
        for k in range(100, 0, -1):
            tail = k / (t + tail)
        q = tail / (t + tail)
    density = -0.5 * (t * t) - HALF_LOG_TWO_PI
    return log_double(q) + density if z < 0 else log_double(z + q * float(exp(density)))


def from_left(values):
    return float(np.add.accumulate(values)[-1]) if len(values) else 0.0


class Factor:
    def __init__(self, matrix):
        a, n = matrix.copy(), len(matrix)
        for k in range(n):
            a[k, k] = math.sqrt(max(a[k, k], LEAST))
            a[k + 1:, k] /= a[k, k]
            a[k + 1:, k + 1:] -= np.outer(a[k + 1:, k], a[k + 1:, k])
        self.lower = a

    def forward(self, b):
        b = b.copy()
        for k in range(len(b)):
            b[k] /= self.lower[k, k]
            b[k + 1:] -= np.multiply.outer(self.lower[k + 1:len(b), k], b[k])
        return b

    def backward(self, b):
        b = b.copy()
        for i in reversed(range(len(b))):
            b[i] /= self.lower[i, i]
            b[:i] -= self.lower[i, :i] * b[i]
        return b

    def inverse(self):
        x = self.forward(np.eye(len(self.lower)))
        total = np.zeros_like(x)
        for row in x:
            total += np.outer(row, row)
        return total


class Process:
    """ordered[d]: whether gene d's list is."""

    def __init__(self, ordered):
        self.ordered = ordered

    def squares(self, d, w, left, right):
        """w · Δ² of gene d, a row for each place of left."""
        away = left[:, None, d] - right[None, :, d]
        return w * (away * away) if self.ordered[d] else np.where(away == 0, 0.0, w)

    def distances(self, lengths, left, right):
        total = np.zeros((len(left), len(right)))
        for d, w in enumerate(exp(-2 * np.asarray(lengths))):
            total += self.squares(d, w, left, right)
        return total

    def slopes(self, places, values, lengths, noise):
        ratio, square = float(exp(noise)), self.distances(lengths, places, places)
        u = np.sqrt(5 * square)
        decay = exp(-u)
        matrix = (1 + u + FIVE_THIRDS * square) * decay
        np.fill_diagonal(matrix, 1 + ratio)
        factor = Factor(matrix)
        alpha = factor.backward(factor.forward(values))
        fit = from_left(values * alpha)
        scale = fit / len(values) if fit > 0 else 1.0
        rest = np.outer(alpha, alpha) / scale - factor.inverse()
        trace = from_left(np.diag(rest))
        rest = rest * (FIVE_THIRDS * (1 + u) * decay)
        result = []
        for d, w in enumerate(exp(-2 * np.asarray(lengths))):
            terms = rest * self.squares(d, w, places, places)
            result.append(from_left([from_left(terms[i, :i]) for i in range(1, len(values))]) - (lengths[d] + 0.5) / 1.0)
        return result, 0.5 * ratio * trace - (noise + 8) / 4

    def fit(self, places, values, start, step, rounds):
        at = list(start)
        steps, signs = [step] * len(at), [0] * len(at)
        bounds = [(-4, 3)] * (len(at) - 1) + [(-14, 1)]
        for _ in range(rounds):
            lengths, noise = self.slopes(places, values, at[:-1], at[-1])
            for d, slope in enumerate(lengths + [noise]):
                sign = (slope > 0) - (slope < 0)
                if sign * signs[d] > 0:
                    steps[d] = min(steps[d] * 1.2, 1)
                if sign * signs[d] < 0:
                    steps[d] = max(steps[d] * 0.5, 2.0**-10)
                signs[d] = sign
                at[d] = min(max(at[d] + sign * steps[d], bounds[d][0]), bounds[d][1])
        return at

    def predictor(self, places, values, at):
        def kernel(square):
            u = np.sqrt(5 * square)
            return (1 + u + FIVE_THIRDS * square) * exp(-u)
        matrix = kernel(self.distances(at[:-1], places, places))
        np.fill_diagonal(matrix, 1 + float(exp(at[-1])))
        factor = Factor(matrix)
        alpha = factor.backward(factor.forward(values))
        fit = from_left(values * alpha)
        scale = fit / len(values) if fit > 0 else 1.0

        def predict(others):
            near = kernel(self.distances(at[:-1], places, others))
            means = np.zeros(len(others))
            for i, weight in enumerate(alpha):
                means += near[i] * weight
            known = np.zeros(len(others))
            for row in factor.forward(near):
                known += row * row
            return means, np.sqrt(np.maximum(1 - known, LEAST) * scale)
        return predict


def by_score(seen):
    """Positions, the best first; seen has (score to be minimised or None, …) in the order of the ends."""
    return sorted(range(len(seen)), key=lambda i: (seen[i][0] is None, seen[i][0] or 0.0))


def thinned(seen, most):
    if len(seen) <= most:
        return seen
    kept = set(by_score(seen)[:most // 2])
    newest = [i for i in reversed(range(len(seen))) if i not in kept]
    kept |= set(newest[:most - most // 2])
    return [one for i, one in enumerate(seen) if i in kept]


def standardised(seen):
    scores = sorted(one[0] for one in seen if one[0] is not None)
    median, best = scores[(len(scores) - 1) // 2], scores[0]
    unit, values, worst = median - best, [], -1.0
    for score, *_ in seen:
        t = (score if score is not None else 0.0) - median
        t = t / unit if unit > 0 else t
        t = t if t < 1e6 else 1e6
        t = log_double(1 + t) if t > 0 else t
        worst = max(worst, t) if score is not None else worst
        values.append(t)
    values = np.array([worst if one[0] is None else t for one, t in zip(seen, values)])
    values = values - from_left(values) / len(values)
    spread = math.sqrt(from_left(values * values) / len(values))
    return values / spread if spread > 0 else values


def lengths_of(process, seen, places_of, startup, genes):
    at, size, stage = [-0.5] * genes + [-8.0], startup, 0
    while size <= len(seen):
        few = thinned(seen[:size], 200)
        if any(one[0] is not None for one in few):
            at = process.fit(places_of(few), standardised(few), at, 0.1 if stage else 0.5, 5 if stage else 24)
        size, stage = size + max(1, size // 8), stage + 1
    return at
