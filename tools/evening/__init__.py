# SPDX-License-Identifier: BSD-3-Clause
"""One evening of viewers against prestage, small enough for a laptop: what tools/demo runs."""
