"""A zip that is the same bytes for the same content: names in order, one time, one set of rights."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

_TIME: Final = (1980, 1, 1, 0, 0, 0)
_REGULAR_0644: Final = 0o100644 << 16
"""Stash gives each file the rights that stand in the zip; zipfile's own default would leave them to the owner.

Source: stash pkg/pkg/manager.go.
"""

_UNIX: Final = 3


def zipped(files: Mapping[str, bytes]) -> bytes:
    """`files` (name to content) as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_0644
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()
