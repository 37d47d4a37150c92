# SPDX-License-Identifier: BSD-3-Clause
"""How many per cent more bits one encoder takes than another at the same quality.

After G. Bjontegaard, "Calculation of average PSNR differences between RD-curves", ITU-T VCEG-M33,
2001: the logarithm of the rate as a cubic of the quality through four points of each encoder, the
mean distance of the two cubics over the qualities that both reach, and back from the logarithm.
"""
import math

POINTS = 4


def _coefficients(points):
    """The polynomial through the points, lowest power first (Newton's form, multiplied out)."""
    xs = [x for x, _ in points]
    divided = [y for _, y in points]
    for order in range(1, len(xs)):
        for i in range(len(xs) - 1, order - 1, -1):
            divided[i] = (divided[i] - divided[i - 1]) / (xs[i] - xs[i - order])
    result = [0.0] * len(xs)
    for x, value in zip(reversed(xs), reversed(divided)):
        for power in range(len(xs) - 1, 0, -1):
            result[power] = result[power - 1] - x * result[power]
        result[0] = value - x * result[0]
    return result


def _integral(coefficients, low, high):
    return sum(c * (high ** (power + 1) - low ** (power + 1)) / (power + 1)
               for power, c in enumerate(coefficients))


def rate_pct(points, reference):
    """Both: four (bits, quality) each; more quality takes more bits. @return per cent; below 0 when
    points take fewer bits than the reference.
    @raise ValueError when a curve is not what this can compare, or no quality is common to both."""
    for curve in (points, reference):
        ordered = sorted(curve)
        if len(curve) != POINTS or any(a[1] >= b[1] or a[0] <= 0
                                       for a, b in zip(ordered, ordered[1:])):
            raise ValueError(f"not four rising points: {ordered}")
    low = max(min(q for _, q in points), min(q for _, q in reference))
    high = min(max(q for _, q in points), max(q for _, q in reference))
    if low >= high:
        raise ValueError("the curves have no quality in common")
    # Around the middle the powers stay small, so nothing is lost to rounding.
    middle = (low + high) / 2
    integrals = [_integral(_coefficients([(q - middle, math.log10(bits)) for bits, q in curve]),
                           low - middle, high - middle) for curve in (points, reference)]
    return (10 ** ((integrals[0] - integrals[1]) / (high - low)) - 1) * 100
