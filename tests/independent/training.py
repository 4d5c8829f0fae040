"""One trial, epoch by epoch: worker/train/README.md."""
import hashlib
import struct

import numpy as np
import xxhash

import floats
import metrics
from floats import F64
from network import BINARY, MULTICLASS, Network, Optimizer
from randomness import SHUFFLE, Draws

COMPLETED, DIVERGED = 1, 2
NAN = float("nan")
EVALUATION_ROWS = 256


class Epoch:
    def __init__(self, number, train_loss=NAN, validation_loss=NAN, score=NAN, fingerprint=b""):
        self.epoch, self.train_loss, self.validation_loss = number, train_loss, validation_loss
        self.score, self.fingerprint = score, fingerprint


class Training:
    def __init__(self, prepared, architecture, key, train, validation):
        self.data, self.key, self.train = prepared, key, np.array(train)
        self.judged = np.array(validation or train)
        self.network = Network(architecture, prepared.inputs.shape[1], prepared.outputs, prepared.task, key,
                               prepared.image)
        self.optimizer = Optimizer(architecture.optimizer, self.network.tensors)
        self.batch = min(architecture.batch_size, len(train))
        self.epoch = 0

    def train_epoch(self):
        """The training loss; None when it is not finite."""
        self.epoch += 1
        order = self.train[Draws(self.key, SHUFFLE, 0, self.epoch).permutation(len(self.train))]
        total = 0.0
        for start in range(0, len(order), self.batch):
            rows = order[start:start + self.batch]
            logits = self.network.forward(self.data.inputs[rows], training=True)
            loss, gradient = self.network.loss(logits, self.data.targets[rows])
            if not np.isfinite(loss):
                return None
            self.network.backward(gradient)
            self.optimizer.step()
            total += float(loss) * float(len(rows))
        return total / float(len(order)) if self._is_finite() else None

    def evaluate(self, rows):
        """Loss and predictions by inference."""
        total, outputs = 0.0, []
        for start in range(0, len(rows), EVALUATION_ROWS):
            chunk = rows[start:start + EVALUATION_ROWS]
            logits = self.network.forward(self.data.inputs[chunk], training=False)
            loss, _ = self.network.loss(logits, self.data.targets[chunk])
            total += float(loss) * float(len(chunk))
            outputs.append(logits)
        logits = np.concatenate(outputs)
        if self.data.task == BINARY:
            predictions = floats.sigmoid(logits)
        elif self.data.task == MULTICLASS:
            predictions = floats.softmax(logits)[0]
        else:
            predictions = logits.astype(F64) * self.data.scale + self.data.mean
        return total / float(len(rows)), predictions

    def _state(self):
        yield from (tensor.value for tensor in self.network.tensors)
        for slots in self.optimizer.slots:
            yield from slots
        yield from (np.array(power) for power in self.optimizer.powers)

    def _is_finite(self):
        return all(np.isfinite(array).all() for array in self._state())

    def fingerprint(self):
        return xxhash.xxh3_128_digest(b"".join(array.astype("<f4").tobytes() for array in self._state()))

    def weights_digest(self):
        digest = hashlib.sha256()
        for tensor in self.network.tensors:
            name, shape = tensor.name.encode(), tensor.value.shape
            digest.update(struct.pack("<I", len(name)) + name + struct.pack(f"<I{len(shape)}I", len(shape), *shape))
            digest.update(tensor.value.astype("<f4").tobytes())
        return digest.digest()


def _mean(values):
    if len(values) == 1:
        return values[0]
    total = 0.0
    for value in values:
        total += value
    return total / float(len(values))


def _digest(digests, hashed):
    return digests[0] if len(digests) == 1 else hashed(b"".join(digests))


class End:
    def __init__(self):
        self.outcome, self.epochs, self.best_epoch = COMPLETED, 0, 0
        self.best_score = self.best_validation_loss = NAN
        self.weights_digest = b""


def _epoch(members, metric, number):
    """The epoch of all members; None when one of them diverged."""
    results = []
    for member in members:
        member.predictions = None
        train_loss = member.train_epoch()
        loss, predictions = (NAN, None) if train_loss is None else member.evaluate(member.judged)
        if not np.isfinite(loss):
            return None
        member.predictions = predictions
        results.append((train_loss, loss, metrics.score(metric, predictions, member.data.truth[member.judged])))
    fingerprint = _digest([member.fingerprint() for member in members], xxhash.xxh3_128_digest)
    return Epoch(number, *(_mean(values) for values in zip(*results)), fingerprint)


def search_trial(members, settings, metric, last_epoch):
    """Yields every epoch's results; the last thing that it yields is the trial's end."""
    end, best, behind = End(), float("inf"), 0
    while end.epochs < last_epoch and (settings.patience == 0 or behind < settings.patience):
        end.epochs += 1
        epoch = _epoch(members, metric, end.epochs)
        if epoch is None:
            end.outcome = DIVERGED
            yield Epoch(end.epochs)
            break
        yield epoch
        behind += 1
        if epoch.validation_loss < best - settings.min_delta:
            best, behind, end.best_epoch = epoch.validation_loss, 0, end.epochs
            end.best_score, end.best_validation_loss = epoch.score, epoch.validation_loss
            end.weights_digest = _digest([member.weights_digest() for member in members],
                                         lambda data: hashlib.sha256(data).digest())
    yield end


def retrain(training, epochs):
    """The winner's retraining: its last training loss."""
    loss = None
    for _ in range(epochs):
        loss = training.train_epoch()
    return loss
