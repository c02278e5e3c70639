"""Benchmarks: both sides of a ratio in one run, medians and quartiles, counts where there are counts.

Never timed tests.

`make bench` runs all lines and writes docs/performance.md; `make bench-hook` and its likes run one. Each line is a
module with `measure(size)`.
"""
