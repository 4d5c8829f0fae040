"""Layers, losses and optimisers: worker/kernels/NUMERICS.md and worker/nn/README.md."""
import math

import numpy as np

import floats
from floats import F32, F64, column_chain, fma, tree
from images import Average, Convolution, Depthwise, MaxPool, Reshape
from randomness import DROPOUT, INITIALIZATION, Draws

RELU, TANH, SIGMOID, GELU, SOFTPLUS, GELU_TANH = range(6)
ADAM, ADAMW, SGD = range(3)
HE_NORMAL = 1
BINARY, MULTICLASS, REGRESSION = 1, 2, 3
EPSILON, MU = 0.001, 0.1  # of both norms; of batch norm
ROOT_HALF, DENSITY = F32(float.fromhex("0x1.6a09e6p-1")), F32(float.fromhex("0x1.988454p-2"))  # gelu
CUBE, SLOPE, CUBE3 = (F32(float.fromhex(text)) for text in ("0x1.6e4e26p-5", "0x1.988454p-1", "0x1.12ba9ep-3"))


# --- activations

def activate(kind, x):
    if kind == RELU:
        return np.where(x > 0, x, F32(0))
    if kind == TANH:
        return floats.tanh(x)
    if kind == SIGMOID:
        return floats.sigmoid(x)
    if kind == SOFTPLUS:
        return np.where(x > 0, x, F32(0)) + floats.log1p(floats.exp(np.where(x < 0, x, -x)))
    if kind == GELU_TANH:
        return (F32(0.5) * x) * (F32(1) + _gelu_tanh(x))
    return (F32(0.5) * x) * (F32(1) + floats.erf(x * ROOT_HALF))


def _gelu_tanh(x):
    return floats.tanh(SLOPE * (x * fma(CUBE, x * x, F32(1))))


def activation_gradient(kind, x, g):
    if kind == RELU:
        return np.where(x > 0, g, F32(0))
    if kind == TANH:
        t = floats.tanh(x)
        return g * fma(-t, t, F32(1))
    if kind == SIGMOID:
        s = floats.sigmoid(x)
        return g * (s * (F32(1) - s))
    if kind == SOFTPLUS:
        return g * floats.sigmoid(x)
    if kind == GELU_TANH:
        t = _gelu_tanh(x)
        b = F32(0.5) * (F32(1) + t)
        d = SLOPE * fma(CUBE3, x * x, F32(1))
        return g * fma((F32(0.5) * x) * fma(-t, t, F32(1)), d, b)
    b = F32(0.5) * (F32(1) + floats.erf(x * ROOT_HALF))
    d = floats.exp(F32(-0.5) * (x * x)) * DENSITY
    return g * fma(x, d, b)


# --- layers; each keeps what its backward pass needs

class Dense:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def forward(self, x, training):
        self.x = x
        return floats.product(x, self.weights.value) + self.bias.value

    def backward(self, g, first):
        self.weights.gradient = floats.product(self.x.T, g)
        self.bias.gradient = column_chain(g)
        return None if first else floats.product(g, self.weights.value.T)


class BatchNorm:
    def __init__(self, gamma, beta, mean, variance):
        self.gamma, self.beta, self.mean, self.variance = gamma, beta, mean, variance

    def forward(self, x, training):
        x64, n = x.astype(F64), F64(len(x))
        if training:
            mean = column_chain(x64) / n
            d = x64 - mean
            variance = column_chain(d * d) / n
            for running, batch in ((self.mean, mean), (self.variance, variance)):
                old = running.value.astype(F64)
                running.value = (old + (batch - old) * MU).astype(F32)
        else:
            mean, variance = self.mean.value.astype(F64), self.variance.value.astype(F64)
        i = 1 / np.sqrt(variance + EPSILON)
        self.normalized, self.i = ((x64 - mean) * i).astype(F32), i.astype(F32)
        return fma(self.gamma.value, self.normalized, self.beta.value)

    def backward(self, g, first):
        g64, h, n = g.astype(F64), self.normalized.astype(F64), F64(len(g))
        s, t = column_chain(g64), column_chain(g64 * h)
        self.beta.gradient, self.gamma.gradient = s.astype(F32), t.astype(F32)
        return (((g64 - s / n) - h * (t / n)) * (self.gamma.value.astype(F64) * self.i.astype(F64))).astype(F32)


class LayerNorm:
    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def forward(self, x, training):
        x64, n = x.astype(F64), F64(x.shape[1])
        d = x64 - (tree(x64) / n)[:, None]
        i = 1 / np.sqrt(tree(d * d) / n + EPSILON)
        self.normalized, self.i = (d * i[:, None]).astype(F32), i.astype(F32)
        return fma(self.gamma.value, self.normalized, self.beta.value)

    def backward(self, g, first):
        g64, h, n = g.astype(F64), self.normalized.astype(F64), F64(g.shape[1])
        self.beta.gradient, self.gamma.gradient = (column_chain(g64).astype(F32), column_chain(g64 * h).astype(F32))
        q = g64 * self.gamma.value.astype(F64)
        a, b = tree(q) / n, tree(q * h) / n
        return (((q - a[:, None]) - h * b[:, None]) * self.i.astype(F64)[:, None]).astype(F32)


class Activation:
    def __init__(self, kind):
        self.kind = kind

    def forward(self, x, training):
        self.x = x
        return activate(self.kind, x)

    def backward(self, g, first):
        return activation_gradient(self.kind, self.x, g)


class Dropout:
    def __init__(self, key, number, rate):
        self.key, self.number, self.step = key, number, 0
        self.threshold, self.scale = math.floor(rate * 2**32), F32(1) / (F32(1) - F32(rate))

    def forward(self, x, training):
        if not training:
            return x
        words = Draws(self.key, DROPOUT, self.number, self.step).words(x.size).reshape(x.shape)
        self.step += 1
        self.dropped = words < self.threshold
        return self.backward(x, False)

    def backward(self, g, first):
        return np.where(self.dropped, F32(0), g * self.scale)


# --- the network

class Tensor:
    def __init__(self, name, value):
        self.name, self.value, self.gradient = name, value, None
        self.kind = name.split("/")[1]
        self.trainable = not self.kind.startswith("running")


class Network:
    def __init__(self, architecture, inputs, outputs, task, key, image=None):
        self.tensors, self.layers, self.task, self.key = [], [], task, key
        self.he = architecture.initialization == HE_NORMAL
        width = self._convolutions(architecture, image) if architecture.convolutions else inputs
        for number, block in enumerate(architecture.blocks, 1):
            self._dense(f"dense_{number}", width, block.units)
            if block.batch_norm:
                self._batch_norm(f"batch_norm_{number}", block.units)
            elif block.layer_norm:
                self._norm(LayerNorm, f"layer_norm_{number}", block.units, {"gamma": 1, "beta": 0})
            self.layers.append(Activation(block.activation))
            if block.dropout > 0:
                self.layers.append(Dropout(key, len(architecture.convolutions) + number, block.dropout))
            width = block.units
        self._dense("output", width, outputs)

    def _convolutions(self, architecture, image):
        """Their layers, between images; returns the width of what they hand on."""
        height, width, channels = image
        series = height == 1
        self.layers.append(Reshape(image))
        for number, block in enumerate(architecture.convolutions, 1):
            window = (1 if series else block.kernel, block.kernel)
            name = f"convolution_{number}"
            if block.separable:
                fan = window[0] * window[1]
                self._weights(Depthwise, f"depthwise_{number}", window + (channels,), fan, fan)
                self._weights(Convolution, name, (1, 1, channels, block.filters), channels, block.filters)
            else:
                self._weights(Convolution, name, window + (channels, block.filters), window[0] * window[1] * channels,
                              window[0] * window[1] * block.filters)
            channels = block.filters
            if block.batch_norm:
                self.layers.append(Reshape((channels,)))  # every place is a row
                self._batch_norm(f"convolution_batch_norm_{number}", channels)
                self.layers.append(Reshape((height, width, channels)))
            self.layers.append(Activation(block.activation))
            if block.pool > 1:
                self.layers.append(MaxPool(1 if series else block.pool, block.pool))
                height, width = -(-height // (1 if series else block.pool)), -(-width // block.pool)
            if block.dropout > 0:
                self.layers.append(Dropout(self.key, number, block.dropout))
        if architecture.global_average:
            self.layers.append(Average())
            height = width = 1
        self.layers.append(Reshape((height * width * channels,)))
        return height * width * channels

    def _tensor(self, name, value):
        self.tensors.append(Tensor(name, value))
        return self.tensors[-1]

    def _dense(self, name, inputs, units):
        self._weights(Dense, name, (inputs, units), inputs, units)

    def _weights(self, layer, name, shape, inputs, units):
        draws, size = Draws(self.key, INITIALIZATION, len(self.tensors)), math.prod(shape)
        if self.he:
            weights = (draws.normals(size) * math.sqrt(2 / float(inputs))).astype(F32)
        else:
            limit = F32(math.sqrt(6 / (float(inputs) + float(units))))
            weights = limit * (F32(2) * draws.uniform_floats(size) - F32(1))
        self.layers.append(layer(self._tensor(name + "/weights", weights.reshape(shape)),
                                 self._tensor(name + "/bias", np.zeros(shape[-1], F32))))

    def _norm(self, layer, name, units, first):
        self.layers.append(layer(*(self._tensor(f"{name}/{kind}", np.full(units, value, F32))
                                   for kind, value in first.items())))

    def _batch_norm(self, name, units):
        self._norm(BatchNorm, name, units, {"gamma": 1, "beta": 0, "running_mean": 0, "running_variance": 1})

    def forward(self, x, training):
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, g):
        first = next(layer for layer in self.layers if hasattr(layer, "weights"))
        for layer in reversed(self.layers):
            g = layer.backward(g, layer is first)
            if layer is first:
                break

    def loss(self, logits, targets):
        """Mean loss of the rows (a float) and its gradient by the logits."""
        n, rows = F32(len(logits)), np.arange(len(logits))
        if self.task == MULTICLASS:
            p, m, s = floats.softmax(logits)
            each = floats.log(s) - (logits[rows, targets] - m)
            one_hot = np.zeros(logits.shape, F32)
            one_hot[rows, targets] = 1
            gradient = (p - one_hot) / n
        elif self.task == BINARY:
            z, y = logits[:, 0], targets.astype(F32)
            a = np.where(targets == 1, -z, z)
            each = np.where(a > 0, a, F32(0)) + floats.log1p(floats.exp(np.where(z < 0, z, -z)))
            gradient = ((floats.sigmoid(z) - y) / n)[:, None]
        else:
            d = logits[:, 0] - targets
            each = d.astype(F64) * d.astype(F64)
            gradient = ((F32(2) * d) / n)[:, None]
        return F32(tree(each) / F64(len(logits))), gradient


class Optimizer:
    BETA1, BETA2, EPSILON = F32(0.9), F32(0.999), F32(1e-7)

    def __init__(self, settings, tensors):
        self.kind, self.rate = settings.kind, F32(settings.learning_rate)
        self.decay, self.momentum = F32(settings.weight_decay), F32(settings.momentum)
        self.tensors = [tensor for tensor in tensors if tensor.trainable]
        slots = 1 if self.kind == SGD else 2
        self.slots = [[np.zeros_like(tensor.value) for tensor in self.tensors] for _ in range(slots)]
        self.powers = [] if self.kind == SGD else [F32(1), F32(1)]

    def step(self):
        if self.kind == SGD:
            for place, tensor in enumerate(self.tensors):
                v = fma(self.momentum, self.slots[0][place], tensor.gradient)
                self.slots[0][place], tensor.value = v, fma(-self.rate, v, tensor.value)
            return
        self.powers = [self.powers[0] * self.BETA1, self.powers[1] * self.BETA2]
        alpha = (self.rate * np.sqrt(F32(1) - self.powers[1])) / (F32(1) - self.powers[0])
        for place, tensor in enumerate(self.tensors):
            g, w, m, v = tensor.gradient, tensor.value, self.slots[0][place], self.slots[1][place]
            if self.kind == ADAMW and tensor.kind == "weights" and self.decay > 0:
                w = fma(-(self.rate * self.decay), w, w)
            m = fma(F32(1) - self.BETA1, g - m, m)
            v = fma(F32(1) - self.BETA2, g * g - v, v)
            self.slots[0][place], self.slots[1][place] = m, v
            tensor.value = w - (alpha * m) / (np.sqrt(v) + self.EPSILON)
