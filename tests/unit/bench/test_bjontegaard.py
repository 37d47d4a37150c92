# SPDX-License-Identifier: BSD-3-Clause
"""The Bjontegaard rate against curves whose distance is known on paper."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "bench"))
import bjontegaard  # noqa: E402


class Bjontegaard(unittest.TestCase):
    REFERENCE = [(100e3, 30.0), (210e3, 33.5), (480e3, 37.0), (990e3, 40.5)]

    def test_equal_curves_differ_by_nothing(self):
        self.assertAlmostEqual(bjontegaard.rate_pct(self.REFERENCE, self.REFERENCE), 0)

    def test_a_quarter_more_bits_everywhere_is_25_per_cent(self):
        points = [(bits * 1.25, quality) for bits, quality in self.REFERENCE]
        self.assertAlmostEqual(bjontegaard.rate_pct(points, self.REFERENCE), 25)
        self.assertAlmostEqual(bjontegaard.rate_pct(self.REFERENCE, points), -20)

    def test_lines_worked_by_hand_over_the_common_qualities(self):
        # lg rate = (q - 20) / 10 against (q - 20) / 10 + (q - 30) / 100, common from 32 to 38:
        # the mean of (q - 30) / 100 there is .05, and 10^.05 is 1.12202.
        reference = [(10 ** ((q - 20) / 10), q) for q in (32, 34, 37, 40)]
        points = [(10 ** ((q - 20) / 10 + (q - 30) / 100), q) for q in (30, 33, 36, 38)]
        self.assertAlmostEqual(bjontegaard.rate_pct(points, reference), 12.2018454, places=6)

    def test_cubics_worked_by_hand(self):
        # lg rate = 3 + x/10 + x^3/1000 against 3 + x/10 with x = q - 35 from 0 to 6:
        # the mean of x^3/1000 is 6^4 / 4 / 6 / 1000 = .054, and 10^.054 is 1.13240.
        reference = [(10 ** (3 + x / 10), 35 + x) for x in (0, 2, 4, 6)]
        points = [(10 ** (3 + x / 10 + x ** 3 / 1000), 35 + x) for x in (0, 1, 5, 6)]
        self.assertAlmostEqual(bjontegaard.rate_pct(points, reference), 13.2400363, places=5)

    def test_order_of_points_is_free(self):
        points = [(bits * 2, quality - 1) for bits, quality in self.REFERENCE]
        self.assertAlmostEqual(bjontegaard.rate_pct(points[::-1], self.REFERENCE),
                               bjontegaard.rate_pct(points, self.REFERENCE))

    def test_what_cannot_be_compared_is_refused(self):
        falling = [(100, 30), (200, 34), (300, 33), (400, 36)]
        apart = [(bits, quality + 20) for bits, quality in self.REFERENCE]
        for points in (falling, apart, self.REFERENCE[:3], [(0, 1)] + self.REFERENCE[1:]):
            with self.assertRaises(ValueError):
                bjontegaard.rate_pct(points, self.REFERENCE)


unittest.main()
