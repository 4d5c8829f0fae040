#!/usr/bin/python3
"""The constants of exp_in_floats.inc.h (needs gmpy2 and numpy).

exp(x) = 2^(n/parts) exp(r), n = round(parts x / log 2), for as many parts as a register has floats. `turns` are the floats
nearest to 2^(j/parts), as bits with j/parts taken from the exponent's field, so that adding n, shifted there, gives
2^(n/parts). `rests` are the logarithms of what these floats lack, less `half_doubt`: what is computed is then always
below the true value, by at most 2 half_doubt of it. How far off it is was measured over all floats of the range:
2^-34.0 of the value to either side, without `half_doubt`, for 16 parts, and 2^-32.1 for 8.
"""
import gmpy2
import numpy

from fit import of_least_error, shown, single

gmpy2.get_context().precision = 120


def polynomial(reach, count):
    """`count` coefficients behind 1/2 in (exp(r) - 1 - r) / r², the largest error of exp(r) being the least."""
    points = numpy.cos(numpy.pi * (numpy.arange(4000) + 0.5) / 4000) * reach
    wanted = numpy.array([float(gmpy2.expm1(gmpy2.mpfr(r)) - gmpy2.mpfr(r) - gmpy2.mpfr(r) ** 2 / 2) for r in points])
    powers = numpy.stack([(points / reach) ** (3 + i) for i in range(count)], 1)
    found, _ = of_least_error(powers, wanted, 400)
    return found / reach ** numpy.arange(3, 3 + count)


def constants(parts, coefficients, half_doubt):
    field = 23 - (parts.bit_length() - 1)
    step = gmpy2.log(2) / parts
    high = single(step)
    print(parts, "parts")
    print("1 / step", shown(single(1 / step)), "step", shown(high), shown(single(step - gmpy2.mpfr(float(high)))))
    found = polynomial(float(step) / 2 * 1.0005, coefficients)
    print("polynomial", *(shown(single(gmpy2.mpfr(float(value)))) for value in found))
    turns = [single(gmpy2.exp(step * j)) for j in range(parts)]
    print("turns", *(hex(int(turn.view(numpy.uint32)) - (j << field)) for j, turn in enumerate(turns)))
    print("rests", *(shown(single(step * j - gmpy2.log(gmpy2.mpfr(float(turn))) - gmpy2.mpfr(half_doubt)))
                     for j, turn in enumerate(turns)))
    print("doubt", shown(single(gmpy2.mpfr(2 * half_doubt))))


constants(16, 2, 2 ** -33.5)
constants(8, 3, 2 ** -31.7)
