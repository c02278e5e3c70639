"""The size of a file for which a test gives none.

It is the same on both sides, and for all files of one name, which is the hardest case.
"""

import re
import unicodedata
from zlib import crc32


def size_of(path: str) -> int:
    """Bytes, some hundred millions, from the file's name alone.

    Neither its folder, its case nor its Unicode form matter.
    """
    name = re.split(r"[\\/]", path)[-1]
    return (
        100_000_000
        + crc32(unicodedata.normalize("NFC", name).casefold().encode("utf-8", "surrogatepass")) % 900_000_000
    )
