"""Arithmetic of worker/kernels/NUMERICS.md: fma, correctly rounded functions, the tree of 16 lanes; logarithm and
normals of common/numerics/README.md. Arrays are numpy's, float32 unless a name says otherwise."""
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


def product_rest(a, b, c):
    """fma(a, b, c) where c is about -a * b and the result a double itself: errors of products, quotients and roots.
    Exact by Dekker's halves of 26 bits, which neither over- nor underflow here."""
    def halves(x):
        wide = x * 134217729.0
        high = wide - (wide - x)
        return high, x - high
    whole = a * b
    (a_high, a_low), (b_high, b_low) = halves(a), halves(b)
    rest = ((a_high * b_high - whole) + a_high * b_low + a_low * b_high) + a_low * b_low
    return (whole + c) + rest


def horner(coefficients, x):
    value = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = value * x + coefficient
    return value


def log_parts(x):
    """log of finite x > 0 in two parts, by the four steps of common/numerics/README.md."""
    m, k = np.frexp(np.asarray(x, F64))  # m in [1/2, 1)
    below = m < ROOT_HALF
    m, k = np.where(below, 2 * m, m), np.where(below, k - 1, k).astype(F64)
    f, d = m - 1, m + 1
    low = m - (d - 1)
    s = f / d
    s_low = (product_rest(-s, d, f) - s * low) / d
    big = k * LN2_HIGH
    high = big + 2 * s
    rest = 2 * s - (high - big)
    z = s * s
    rest = rest + (k * LN2_LOW + (2 * s_low + (s * z) * horner(LOG_COEFFICIENTS, z)))
    log_x = high + rest
    return log_x, (high - log_x) + rest


def log_double(x):
    return float(log_parts(x)[0])


def _coefficients(text):
    return [float.fromhex(word) for word in text.split()]


CENTRAL = _coefficients(
    "-0x1.c9b3802763e9ap-5 0x1.4ffddeaa22dbep1 0x1.71713082db0adp2 0x1.f55d0d77b383dp3 0x1.78494b3fde215p5 "
    "0x1.2ba8d016e2504p7 0x1.f048176d5409ep8 0x1.a65612e075588p10 0x1.709c19fc9308cp12 0x1.381826dbd395dp14 "
    "0x1.67cc475c04493p16 -0x1.6938cbc0d81a3p14 0x1.ff710a821b27bp21 -0x1.1b385aaf24be8p24 0x1.5deceec2c8662p26")
# Slope, zero, centre, top, bottom.
NEAR = (1.625, 0.75, 1.0, _coefficients(
    "-0x1.19b3da369f3d7p-4 0x1.6a556bbd5201cp-4 0x1.dbdfcb47abb07p-2 0x1.b95bb3dcf8217p-2 0x1.6fd63c38e21a5p-4 "
    "-0x1.038b6ba615b8fp-4 -0x1.491268420cb56p-5 -0x1.1d912f92187d5p-7 -0x1.87c4713576eb8p-11 "
    "-0x1.3913c2f151dc4p-16"), _coefficients(
    "0x1p0 0x1.bc9847b6aca16p1 0x1.3bb6892db53e1p2 0x1.dc5d1005b5026p1 0x1.9f1c998a3b4f3p0 0x1.a72c1ad9faf31p-2 "
    "0x1.dfb1a3637f2cp-5 0x1.03d30fc5a697dp-8 0x1.736851c9de2d5p-14"))
FAR = (1.4375, 0.375, 4.0, _coefficients(
    "-0x1.13388131d8965p-5 0x1.76aaaf8b47a58p-6 0x1.ad63227acad92p-6 0x1.ce7195408d64dp-8 0x1.3b11ff20ced98p-11 "
    "-0x1.76c6052c6ecf2p-16 -0x1.8d59146f4cde2p-18 -0x1.354a167941398p-22 -0x1.4d388753f43bbp-28 "
    "-0x1.8f3966dcea4e9p-36"), _coefficients(
    "0x1p0 0x1.f1d82178fcdefp-1 0x1.86f3507f0b4f1p-2 0x1.3d795a579b8a7p-4 0x1.1c19b9e9760fcp-7 "
    "0x1.1570e69c9b074p-11 0x1.14a785f775c67p-16 0x1.e71a1481140f9p-23 0x1.0be54418ad551p-30"))


def _tail(parts, u, u_low):
    slope, zero, centre, top, bottom = parts
    w = u - zero
    h = slope * w
    h_low = product_rest(slope, w, -h) + slope * u_low
    v = (u - centre) + u_low
    return h + (h_low + horner(top, v) / horner(bottom, v))


def inverse_normal(p):
    """Of an array of 0 < p < 1."""
    q = p - 0.5
    h = 2.5625 * q
    middle = h + (product_rest(2.5625, q, -h) + q * horner(CENTRAL, q * q))
    high, low = log_parts(np.minimum(p, 1 - p))
    u = np.sqrt(-high)
    u_low = -((product_rest(u, u, high) + low) / (u + u))
    tail = np.where(u <= 4.5, _tail(NEAR, u, u_low), _tail(FAR, u, u_low))
    return np.where(np.abs(q) <= 0.25, middle, np.where(q < 0, -tail, tail))
