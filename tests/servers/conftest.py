"""Houses for the flows."""

from tests.process.conftest import build

__all__ = ["build"]
