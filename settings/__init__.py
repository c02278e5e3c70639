"""The settings: one table, one frozen dataclass, one parse that reports every problem at once.

It knows the two files of the data folder; what Stash and the environment hold comes as mappings.
"""
