"""One document in, one answer out: which handler, and which data folder."""
