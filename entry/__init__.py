"""One document in, one answer out: which handler, which data folder, which folder of dependencies."""
