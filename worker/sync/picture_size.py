"""How large a picture is, read from its first bytes: JPEG, PNG and WebP. Pure."""

import struct
from typing import Final, TypeAlias

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

_RATIO: Final = 2 / 3
_TOLERANCE: Final = 0.04
"""How far a poster's ratio may be off: Plex cuts off so little that nobody sees it."""

_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Marks of JPEG behind which the size stands. Source: ITU-T T.81, table B.1."""

_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_FILLER: Final = 0xFF
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def size_of(data: bytes) -> Size | None:
    """Return the size that the picture says it has; None where it is none of the three, cut off, or of no size."""
    try:
        if data.startswith(_PNG):
            size = struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else None
        elif data.startswith(b"\xff\xd8"):
            size = _of_jpeg(data)
        else:
            size = _of_webp(data)
    except struct.error:
        return None
    return (size[0], size[1]) if size and all(size) else None


def is_about_2_3(size: Size) -> bool:
    """Whether it is a poster already."""
    return abs(size[0] / size[1] / _RATIO - 1) <= _TOLERANCE


def _of_jpeg(data: bytes) -> Size | None:
    place = 2
    while True:
        filled, mark = struct.unpack_from(">BB", data, place)
        if filled != _FILLER:
            return None
        place += 1 if mark == _FILLER else 2
        if mark == _FILLER or mark in _WITHOUT_LENGTH:
            continue
        if mark in _FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 3)
            return width, height
        place += max(2, struct.unpack_from(">H", data, place)[0])


def _of_webp(data: bytes) -> Size | None:
    """Source: the container of WebP (RFC 9649), and the frame header of VP8 (RFC 6386, 9.1)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", data, 24)
        return (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
