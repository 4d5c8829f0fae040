#!/usr/bin/python3
"""The constants of by_pieces.inc.h (needs gmpy2 and numpy).

f(c + d) = high + low + d (slope + slope_low + second d + d² (p3 + p4 d + …)), c the center of a piece; `second` is computed
from the others. All is multiplied by 1 - half the doubt, so that what is computed is below the true value, by at most
`doubt` of it. How far off it is without that was measured over all floats: `halves` are a little more.

Pieces of erf are eighths, rounded to the nearest: 0 to 1/16, then c = j / 8. Those of tanh are eighths up to 2, quarters up
to 4, halves up to 8, less 1/16; they stand in the order of the low five bits of an exponent and three bits of mantissa.
"""
import gmpy2
import numpy

from fit import of_least_error, shown, single

gmpy2.get_context().precision = 120


def exact(value):
    return gmpy2.mpfr(float(value))


def piece(c, reach, function, derivative, second_of, half):
    c = gmpy2.mpfr(c)
    less = 1 - gmpy2.mpfr(half) / 2 ** 32
    high, slope = single(function(c) * less), single(derivative(c) * less)
    low, slope_low = single(function(c) * less - exact(high)), single(derivative(c) * less - exact(slope))
    second = exact(single(-second_of(c, exact(high)) * exact(slope)))
    points = numpy.cos(numpy.pi * (numpy.arange(400) + 0.5) / 400) * reach
    points = points[points + float(c) > 0]
    wanted, scale = [], []
    for d in points:
        d = gmpy2.mpfr(float(d))
        value = function(c + d)
        rest = value * less - exact(high) - exact(low) - d * (exact(slope) + exact(slope_low)) - d * d * second
        wanted.append(float(rest / value))
        scale.append(float(1 / value))
    wanted, scale = numpy.array(wanted), numpy.array(scale)
    powers = numpy.stack([(points / reach) ** (3 + i) * scale for i in range(4)], 1)
    found, error = of_least_error(powers, wanted, 200)
    doubt = single(2 * gmpy2.mpfr(half) / 2 ** 32)
    return [doubt, high, low, slope, slope_low] + [single(value) for value in found / reach ** numpy.arange(3, 7)], error


def constants(name, pieces, function, derivative, second_of):
    rows, errors = zip(*(piece(c, reach, function, derivative, second_of, half) for c, reach, half in pieces))
    print("// %s: largest error of a polynomial 2^%.1f of the value" % (name, numpy.log2(max(errors))))
    for part, column in zip(["doubt", "high", "low", "slope", "slope_low", "p3", "p4", "p5", "p6"], zip(*rows)):
        print("alignas(64) static constexpr float %s[32] = {%s};" % (part, ", ".join(shown(value) for value in column)))


# In 2^-32 of the value.
erf_halves = [1.2, 2.5, 1.45, 1.4, 1.15, 1, 0.9, 0.8, 0.7, 0.6, 0.55, 0.4] + 20 * [0.3]
tanh_halves = [1.2, 2.6, 1.45, 1.45, 1.15, 1, 0.9, 0.8, 0.7, 0.6, 0.55, 0.4] + 20 * [0.5]
constants("erf", [(j / 8, 1 / 16, half) for j, half in enumerate(erf_halves)],
          gmpy2.erf, lambda c: 2 / gmpy2.sqrt(gmpy2.const_pi()) * gmpy2.exp(-c * c), lambda c, high: c)
centers = [(j / 8, 1 / 16) for j in range(16)] + [(2 + j / 4 + 1 / 16, 1 / 8) for j in range(8)] + [(4 + j / 2 + 3 / 16, 1 / 4) for j in range(8)]
ordered = [(*center, half) for center, half in zip(centers, tanh_halves)]
ordered = ordered[8:] + ordered[:8]
constants("tanh", ordered, gmpy2.tanh, lambda c: 1 / gmpy2.cosh(c) ** 2, lambda c, high: high)
print("alignas(64) static constexpr float centers[32] = {%s};" % ", ".join(shown(c) for c, _, _ in ordered))
