"""Breaks the product on purpose: kills, faults, bad input, full disks.

`make test` runs a short form of everything, `make torture` the long one.

Every choice comes from one seed, which the long form prints: `make torture SEED=7` makes the same choices again.
"""
