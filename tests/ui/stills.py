"""Pictures that look like stills of a film, drawn from a name: a sky, a sun and hills, in colours and places of their own."""

import colorsys
import math
import struct
import zlib
from functools import cache
from hashlib import sha1
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 180
_SKY_SHADES: Final = 96
_SUN: Final = _SKY_SHADES
_HILLS: Final = 4

_Colour = tuple[int, int, int]


@cache
def still(name: str) -> bytes:
    """A PNG of 320x180, the same for the same name."""
    seed = sha1(name.encode(), usedforsecurity=False).digest()
    ridges = _ridges(seed)
    lines = [_line(row, seed, ridges) for row in range(HEIGHT)]
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    palette = b"".join(map(bytes, _palette(seed)))
    data = zlib.compress(b"".join(b"\0" + line for line in lines))
    pieces = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in pieces)


def _palette(seed: bytes) -> list[_Colour]:
    """Shades of the sky from top to horizon, the sun, and each range of hills from far to near."""
    hue = seed[0] / 256
    evening = (hue + 0.08 + seed[1] / 2048) % 1
    sky = [
        _mixed(_colour(hue, 0.65, 0.38), _colour(evening, 0.55, 0.92), step / _SKY_SHADES)
        for step in range(_SKY_SHADES)
    ]
    hills = [_colour((hue + 0.5 + 0.02 * each) % 1, 0.35, 0.5 - 0.11 * each) for each in range(_HILLS)]
    return [*sky, _colour(evening, 0.18, 1.0), *hills]


def _ridges(seed: bytes) -> list[list[float]]:
    """For each range of hills its height in rows from the top, by column."""
    return [
        [
            HEIGHT * (0.52 + 0.11 * each)
            - 16 * math.sin(column / (60 - 9 * each) + seed[2 + each])
            - 6 * math.sin(column / (17 + 2 * each) + seed[6 + each])
            for column in range(WIDTH)
        ]
        for each in range(_HILLS)
    ]


def _line(row: int, seed: bytes, ridges: list[list[float]]) -> bytes:
    left, top, radius = 60 + seed[10] * 200 // 256, 35 + seed[11] * 40 // 256, 14 + seed[12] * 10 // 256
    reach = math.sqrt(max(0, radius**2 - (row - top) ** 2))
    sky = row * _SKY_SHADES // HEIGHT
    line = bytearray([sky]) * WIDTH
    for column in range(math.ceil(left - reach), math.floor(left + reach) + 1 if reach else 0):
        line[column] = _SUN
    for number, ridge in enumerate(ridges):
        for column, height in enumerate(ridge):
            if row >= height:
                line[column] = _SUN + 1 + number
    return bytes(line)


def _colour(hue: float, saturation: float, value: float) -> _Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _mixed(top: _Colour, low: _Colour, share: float) -> _Colour:
    red, green, blue = (round(above + (below - above) * share) for above, below in zip(top, low, strict=True))
    return red, green, blue


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
