"""Random numbers by address: common/random/README.md. A place is (stream, tensor, step)."""
import hashlib

import numpy as np

from floats import F32, F64, inverse_normal

SEED_SCHEME = 1
SPLIT, FOLD, SHUFFLE, INITIALIZATION, DROPOUT, ENSEMBLE = 1, 2, 3, 4, 5, 8  # streams
MASK = (1 << 32) - 1


def derive_key(master, domain, trial=None, fold=0, repeat=0):
    def number(value, size):
        return value.to_bytes(size, "little")
    fields = (number(SEED_SCHEME, 4), number(master, 8), domain.encode(), b"" if trial is None else number(trial, 8),
              number(fold, 4), number(repeat, 4))
    text = b"".join(bytes([len(field)]) + field for field in fields)
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little")


def philox(key, counter):
    """Philox4x32-10 of four arrays (or numbers) of 32-bit words."""
    c0, c1, c2, c3 = (np.asarray(word, np.uint64) for word in counter)
    k0, k1 = key & MASK, key >> 32
    mask, half = np.uint64(MASK), np.uint64(32)
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = ((p1 >> half) ^ c1 ^ np.uint64(k0), p1 & mask, (p0 >> half) ^ c3 ^ np.uint64(k1), p0 & mask)
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return np.stack(np.broadcast_arrays(c0, c1, c2, c3), axis=-1)


class Draws:
    def __init__(self, key, stream, tensor=0, step=0):
        self.key, self.stream, self.tensor, self.step = key, stream, tensor, step

    def words(self, count, attempt=0):
        """Words of the elements 0 … count - 1."""
        blocks = np.arange((count + 3) // 4, dtype=np.uint64)
        counter = (blocks, self.step, self.tensor, self.stream + (attempt << 16))
        return philox(self.key, counter).reshape(-1)[:count]

    def pairs(self, count, attempt=0):
        words = self.words(2 * count, attempt)
        return [int(high) << 32 | int(low) for high, low in zip(words[0::2], words[1::2])]

    def uniform_floats(self, count):
        return ((self.words(count) >> np.uint64(8)).astype(F64) * 2.0**-24).astype(F32)

    def normals(self, count):
        return inverse_normal(np.array([((x >> 12) + 0.5) * 2.0**-52 for x in self.pairs(count)], F64))

    def permutation(self, n):
        places = list(range(n))
        values = self.pairs(n)
        for i in range(n - 1, 0, -1):
            bound, x, attempt = i + 1, values[i], 0
            while (x * bound) % 2**64 < 2**64 % bound:
                attempt += 1
                x = self.pairs(i + 1, attempt)[i]
            j = (x * bound) >> 64
            places[i], places[j] = places[j], places[i]
        return places
