"""The distribution of coordinator/search/CMAES.md, from that page alone. What a network is comes from the caller."""
import math

import numpy as np

from floats import log_double
from gaussian import LEAST, Factor, exp


def generation_of(n):
    return 4 + int(3 * log_double(float(n)))


def norm(values):
    total = 0.0
    for value in values.tolist():
        total += value * value
    return math.sqrt(total)


class Model:
    def __init__(self, low, high, spread):
        n = len(low)
        self.low, self.high, self.spread = (np.array(one) for one in (low, high, spread))
        self.mean, self.sigma, self.q = np.full(n, 0.5), 0.15, 1.0
        self.covariance, self.step_path, self.path = np.eye(n), np.zeros(n), np.zeros(n)
        self.factor = Factor(self.covariance)

    def reach(self):
        deviation = np.sqrt(np.maximum(np.diag(self.covariance), LEAST))
        return self.sigma * np.maximum(1.0, self.spread / (self.sigma * deviation))

    def place(self, z):
        y = np.zeros(len(z))
        for k, one in enumerate(z):
            y[k:] += self.factor.lower[k:, k] * one
        return np.clip(self.mean + self.reach() * y, 0.0, 1.0)

    def updated(self, places, applies):
        n, size = len(self.mean), len(places)
        w = np.array([log_double((size + 1) / 2) - log_double(float(i + 1)) for i in range(size // 2)])
        w = w / np.add.accumulate(w)[-1]
        mu = 1 / float(np.add.accumulate(w * w)[-1])
        c_sigma = (mu + 2) / (n + mu + 5)
        d_sigma = 1 + 2 * max(0.0, math.sqrt((mu - 1) / (n + 1)) - 1) + c_sigma
        c_c = (4 + mu / n) / (n + 4 + 2 * mu / n)
        c_1 = 2 / ((n + 1.3) * (n + 1.3) + mu)
        c_mu = min(1 - c_1, 2 * (0.25 + mu + 1 / mu - 2) / ((n + 2) * (n + 2) + mu))
        chi = math.sqrt(n) * ((1 - 1 / (4 * n)) + 1 / (21 * (n * n)))
        longest = math.sqrt(n) + 2 * n / (n + 2)
        steps, all_of, applying, whitened = [], np.zeros(n), np.zeros(n), np.zeros(n)
        for weight, place, said in zip(w, places, applies):
            y = (place - self.mean) / self.reach()
            t = self.factor.forward(y)
            length = norm(t)
            if length > longest:
                y, t = y * (longest / length), t * (longest / length)
            steps.append(y)
            all_of += weight * y
            applying += np.where(said, weight * y, 0.0)
            whitened += weight * t
        new = Model(self.low, self.high, self.spread)
        new.mean = np.clip(self.mean + self.reach() * applying, self.low, self.high)
        new.step_path = (1 - c_sigma) * self.step_path + math.sqrt(c_sigma * (2 - c_sigma) * mu) * whitened
        new.q = self.q * ((1 - c_sigma) * (1 - c_sigma))
        length = norm(new.step_path)
        h = length / math.sqrt(1 - new.q) < (1.4 + 2 / (n + 1)) * chi
        new.path = (1 - c_c) * self.path + (math.sqrt(c_c * (2 - c_c) * mu) * all_of if h else 0.0)
        u = (1 - c_1 - c_mu) + (0.0 if h else c_1 * (c_c * (2 - c_c)))
        mixed = np.zeros((n, n))
        for weight, y in zip(w, steps):
            mixed += weight * np.outer(y, y)
        new.covariance = (u * self.covariance + c_1 * np.outer(new.path, new.path)) + c_mu * mixed
        new.factor = Factor(new.covariance)
        growth = float(exp(min(1.0, (c_sigma / d_sigma) * (length / chi - 1))))
        new.sigma = min(max(self.sigma * growth, 2.0**-12), 1.0)
        return new
