"""Houses for what machines can be made to refuse."""

from tests.process.conftest import build

__all__ = ["build"]
