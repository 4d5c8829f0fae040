"""What the scripts here share: floats of exact values, as C++ spells them, and polynomials of least error (needs gmpy2 and numpy)."""
import gmpy2
import numpy


def single(value):
    return numpy.float32(float(gmpy2.mpfr(value, 24)))


def shown(value):
    mantissa, exponent = float(value).hex().split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + exponent + "F"


def of_least_error(powers, wanted, rounds):
    """Coefficients of the columns of `powers` whose largest distance from `wanted` is the least (Lawson, 1961), and that distance."""
    weights = numpy.ones_like(wanted)
    for _ in range(rounds):
        root = weights ** 0.5
        found = numpy.linalg.lstsq(powers * root[:, None], wanted * root, rcond=None)[0]
        errors = numpy.abs(powers @ found - wanted)
        weights = weights * (errors / errors.max() + 1e-3)
        weights /= weights.mean()
    return found, errors.max()
