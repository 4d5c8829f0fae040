"""Arithmetic of worker/kernels/NUMERICS.md: fma, correctly rounded functions, the tree of 16 lanes; logarithm and
normals of common/numerics/README.md. Arrays are numpy's, float32 unless a name says otherwise."""
import fractions
import math

import gmpy2
import numpy as np

F32, F64 = np.float32, np.float64
LANES = 16


# --- float32

def fma64(a, b, c):
    """a * b + c rounded once to float32; arguments are doubles that hold floats, the result is a float32."""
    product = a * b  # exact: 48 bits
    total = product + c
    part = total - product
    error = (product - (total - part)) + (c - part)  # exact, or NaN where something is infinite
    bits = total.view(np.int64)
    # To odd: of the two doubles around the exact sum the one that is odd, so that rounding it again is harmless.
    even = (np.abs(error) > 0) & ((bits & 1) == 0) & np.isfinite(total)
    outward = np.where((error > 0) == (total > 0), 1, -1)
    return (bits + np.where(even, outward, 0)).view(F64).astype(F32)


def fma(a, b, c):
    return fma64(*np.broadcast_arrays(np.asarray(a, F64), np.asarray(b, F64), np.asarray(c, F64)))


def product(a, b):
    """Rows of a times columns of b: one fma chain an output, over the inner index ascending from +0."""
    a64, b64 = a.astype(F64), b.astype(F64)
    total = np.zeros((a.shape[0], b.shape[1]), F32)
    for k in range(a.shape[1]):
        total = fma64(a64[:, k, None], b64[k, None, :], total.astype(F64))
    return total


def column_chain(values):
    """Sum of the rows of a matrix, one after the other from +0, in the matrix's type."""
    total = np.zeros(values.shape[1], values.dtype)
    for row in values:
        total = total + row
    return total


_FLOAT_CONTEXT = gmpy2.ieee(32)  # 24 bits, denormals included: MPFR rounds once, to the float


def _correctly_rounded(function):
    def apply(x):
        with gmpy2.local_context(_FLOAT_CONTEXT):
            values = [float(function(gmpy2.mpfr(value))) for value in x.ravel().tolist()]
        return np.array(values, F32).reshape(x.shape)
    return apply


exp = _correctly_rounded(gmpy2.exp)
log = _correctly_rounded(gmpy2.log)
log1p = _correctly_rounded(gmpy2.log1p)
tanh = _correctly_rounded(gmpy2.tanh)
erf = _correctly_rounded(gmpy2.erf)


def sigmoid(x):
    e = exp(np.where(x < 0, x, -x))
    return np.where(x < 0, e, F32(1)) / (F32(1) + e)


def softmax(z):
    """Probabilities, and the maxima and sums of the rows, which the loss takes again."""
    m = z[:, 0]
    for u in range(1, z.shape[1]):
        m = np.where(z[:, u] > m, z[:, u], m)
    e = exp(z - m[:, None])
    s = tree(e).astype(F32)
    return e / s[:, None], m, s


# --- double

def tree(values):
    """Sum over the last axis in double: element i goes to lane i mod 16, then 8-4-2-1."""
    values = np.asarray(values, F64)
    lanes = np.zeros(values.shape[:-1] + (LANES,), F64)
    for start in range(0, values.shape[-1], LANES):
        part = values[..., start:start + LANES]
        lanes[..., :part.shape[-1]] += part
    for half in (8, 4, 2, 1):
        lanes[..., :half] += lanes[..., half:2 * half]
    return lanes[..., 0]


LN2_HIGH, LN2_LOW = float.fromhex("0x1.62e42fefa38p-1"), float.fromhex("0x1.ef35793c7673p-45")
ROOT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")
LOG_COEFFICIENTS = [float.fromhex(text) for text in (
    "0x1.5555555555555p-1", "0x1.9999999999d59p-2", "0x1.249249242ee18p-2", "0x1.c71c725c5f797p-3",
    "0x1.745cdb74d0df2p-3", "0x1.3b21594819fcdp-3", "0x1.0f4a12e2f9271p-3", "0x1.1023d378b7412p-3")]


def fma_double(a, b, c):
    """One rounding: the exact value as a fraction, whose division to a float is correctly rounded."""
    return float(fractions.Fraction(a) * fractions.Fraction(b) + fractions.Fraction(c))


def horner(coefficients, x):
    value = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = value * x + coefficient
    return value


def log_double(x):
    """log of a finite x > 0, by the four steps of common/numerics/README.md."""
    m, k = math.frexp(x)  # m in [1/2, 1)
    if m < ROOT_HALF:
        m, k = 2 * m, k - 1
    f, d = m - 1, m + 1
    low = m - (d - 1)
    s = f / d
    s_low = (fma_double(-s, d, f) - s * low) / d
    big = k * LN2_HIGH
    high = big + 2 * s
    rest = 2 * s - (high - big)
    z = s * s
    return high + (rest + (k * LN2_LOW + (2 * s_low + (s * z) * horner(LOG_COEFFICIENTS, z))))


# Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37, 1988: top and bottom of the three ranges.
CENTRE = ((3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
           4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
          (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
           2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3))
MIDDLE = ((1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
           1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
          (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
           1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
           1.05075007164441684324e-9))
FAR = ((6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
       (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15))


def inverse_normal(p):
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (q * horner(CENTRE[0], r)) / horner(CENTRE[1], r)
    u = math.sqrt(-log_double(min(p, 1 - p)))
    (top, bottom), r = (MIDDLE, u - 1.6) if u <= 5 else (FAR, u - 5)
    value = horner(top, r) / horner(bottom, r)
    return -value if q < 0 else value
