"""Convolutions and pooling of worker/kernels/NUMERICS.md. Images are arrays [n, y, x, channel]."""
import numpy as np

import floats
from floats import F32, F64, column_chain, fma64


class Reshape:
    """Rows as images and back; computes nothing."""

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x, training):
        self.before = x.shape
        return x.reshape((-1,) + self.shape)

    def backward(self, g, first):
        return g.reshape(self.before)


def taps(x, window):
    """Of every place (n, y, x) what each tap looks at, +0 outside: [place, tap, channel]; taps in the order of the chain.

    Forward, tap (ky, kx) looks at y + ky - p, ky and kx ascending; backward at y + p - ky, ky and kx descending. The
    window is odd, so that these are the same places in the same order."""
    n, height, width, channels = x.shape
    top, left = (window[0] - 1) // 2, (window[1] - 1) // 2
    padded = np.zeros((n, height + window[0] - 1, width + window[1] - 1, channels), F32)
    padded[:, top:top + height, left:left + width] = x
    seen = [padded[:, ky:ky + height, kx:kx + width] for ky in range(window[0]) for kx in range(window[1])]
    return np.stack(seen, axis=3).reshape(n * height * width, window[0] * window[1], channels)


class Convolution:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def forward(self, x, training):
        w = self.weights.value
        self.shape, self.columns = x.shape, taps(x, w.shape[:2]).reshape(-1, w[..., 0].size)
        y = floats.product(self.columns, w.reshape(-1, w.shape[3])) + self.bias.value
        return y.reshape(x.shape[:3] + (w.shape[3],))

    def backward(self, g, first):
        w = self.weights.value
        rows = g.reshape(-1, w.shape[3])
        self.weights.gradient = floats.product(self.columns.T, rows).reshape(w.shape)
        self.bias.gradient = column_chain(rows)
        if first:
            return None
        turned = w[::-1, ::-1].transpose(0, 1, 3, 2).reshape(-1, w.shape[2])  # ky, kx descending, f; to c
        return floats.product(taps(g, w.shape[:2]).reshape(len(rows), -1), turned).reshape(self.shape)


def _channel_chains(seen, weights):
    """Of every place and channel: the chain over the taps."""
    total = np.zeros(seen[:, 0].shape, F32)
    for tap in range(seen.shape[1]):
        total = fma64(seen[:, tap].astype(F64), np.broadcast_to(weights[tap].astype(F64), total.shape),
                      total.astype(F64))
    return total


class Depthwise:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def forward(self, x, training):
        w = self.weights.value
        self.seen = taps(x, w.shape[:2])
        return (_channel_chains(self.seen, w.reshape(-1, w.shape[2])) + self.bias.value).reshape(x.shape)

    def backward(self, g, first):
        w = self.weights.value
        rows = g.reshape(-1, w.shape[2])
        total = np.zeros((w.shape[0] * w.shape[1], w.shape[2]), F32)
        for place, row in enumerate(rows):
            total = fma64(self.seen[place].astype(F64), np.broadcast_to(row.astype(F64), total.shape),
                          total.astype(F64))
        self.weights.gradient, self.bias.gradient = total.reshape(w.shape), column_chain(rows)
        if first:
            return None
        return _channel_chains(taps(g, w.shape[:2]), w[::-1, ::-1].reshape(-1, w.shape[2])).reshape(g.shape)


class MaxPool:
    """Windows side by side; the last ones may have fewer places."""

    def __init__(self, height, width):
        self.height, self.width = height, width

    def _windows(self, shape):
        for y in range(0, shape[1], self.height):
            for x in range(0, shape[2], self.width):
                yield y, x, [(ky, kx) for ky in range(y, min(y + self.height, shape[1]))
                             for kx in range(x, min(x + self.width, shape[2]))]

    def forward(self, x, training):
        y = np.zeros((x.shape[0], -(-x.shape[1] // self.height), -(-x.shape[2] // self.width), x.shape[3]), F32)
        self.shape, self.taken = x.shape, np.zeros(y.shape, int)
        for top, left, places in self._windows(x.shape):
            m, taken = x[:, top, left], np.zeros((x.shape[0], x.shape[3]), int)
            for number, (ky, kx) in enumerate(places):
                larger = x[:, ky, kx] > m
                m, taken = np.where(larger, x[:, ky, kx], m), np.where(larger, number, taken)
            y[:, top // self.height, left // self.width] = m
            self.taken[:, top // self.height, left // self.width] = taken
        return y

    def backward(self, g, first):
        dx = np.zeros(self.shape, F32)
        for top, left, places in self._windows(self.shape):
            at = (slice(None), top // self.height, left // self.width)
            for number, (ky, kx) in enumerate(places):
                dx[:, ky, kx] = np.where(self.taken[at] == number, dx[:, ky, kx] + g[at], dx[:, ky, kx])
        return dx


class Average:
    """The mean of all places, channel by channel."""

    def forward(self, x, training):
        self.shape, self.count = x.shape, F32(x.shape[1] * x.shape[2])
        total = np.zeros((x.shape[0], x.shape[3]), F32)
        for y in range(x.shape[1]):
            for column in range(x.shape[2]):
                total = total + x[:, y, column]
        return total / self.count

    def backward(self, g, first):
        return np.zeros(self.shape, F32) + (g / self.count)[:, None, None, :]
