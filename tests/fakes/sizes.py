"""How large the files are that nobody said it of: alike on both sides, as one file is, and the same for all of one name, which is what confuses most."""

import re
import unicodedata
from zlib import crc32


def size_of(path: str) -> int:
    """Bytes, some hundred millions, from the file's name alone: neither its folder, its case nor its Unicode form matter."""
    name = re.split(r"[\\/]", path)[-1]
    return (
        100_000_000
        + crc32(unicodedata.normalize("NFC", name).casefold().encode("utf-8", "surrogatepass")) % 900_000_000
    )
