"""A dozen open movies with invented people, studios, tags and covers."""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Film:
    """What a user fills in for one film."""

    title: str
    date: str
    details: str
    rating100: int
    studio: str
    director: str
    performers: tuple[str, ...]
    tags: tuple[str, ...]
    colour: tuple[int, int, int]

    @property
    def file(self) -> str:
        """The file's name without its extension, as rippers like it."""
        return f"{self.title.replace(' ', '.').replace(':', '')}.{self.date[:4]}.1080p"

    @property
    def cover(self) -> bytes:
        """A picture of its own."""
        return png(40, 60, self.colour)

    @property
    def fields(self) -> dict[str, Any]:
        """What one save in Stash sends."""
        names = ("title", "date", "details", "rating100", "studio", "director", "performers", "tags", "cover")
        return {name: getattr(self, name) for name in names}


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A small picture that fades from `colour` to black."""
    rows = b"".join(
        b"\0" + bytes(channel * (height - row) // height for channel in colour) * width for row in range(height)
    )
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def sha1(picture: bytes) -> str:
    """The name that Plex gives a picture."""
    return hashlib.sha1(picture, usedforsecurity=False).hexdigest()


ADA, BOB, CY, DI = "Ada Example", "Bob Sample", "Cy Test", "Di Probe"
_ONE, _TWO = "Example Studio", "Sample Pictures"

FILMS = (
    Film("Big Buck Bunny", "2008-04-10", "A giant rabbit has had enough of three bullies.", 80, _ONE, "Dana Director", (ADA, BOB), ("Comedy", "Forest"), (120, 180, 60)),
    Film("Elephants Dream", "2006-03-24", "Two men walk through a machine without an end.", 70, _ONE, "Dana Director", (BOB, CY), ("Machines", "Surreal"), (90, 90, 110)),
    Film("Sintel", "2010-09-27", "A girl looks for the dragon that she once saved.", 90, _TWO, "Eve Maker", (ADA, DI), ("Dragons", "Fantasy"), (200, 90, 40)),
    Film("Tears of Steel", "2012-09-26", "Scientists hide from robots in an old church.", 75, _TWO, "Eve Maker", (ADA, BOB, CY), ("Robots", "Science Fiction"), (40, 90, 160)),
    Film("Cosmos Laundromat", "2015-08-10", "A sheep is offered all the lives it can imagine.", 85, _ONE, "Fay Shooter", (DI,), ("Sheep", "Surreal"), (160, 120, 200)),
    Film("Caminandes", "2016-01-30", "A llama and a penguin want the same berry.", 65, _TWO, "Fay Shooter", (CY,), ("Comedy", "Snow"), (230, 230, 250)),
    Film("Glass Half", "2015-10-30", "Two critics see two different pictures.", 60, _ONE, "Dana Director", (BOB, DI), ("Art", "Comedy"), (250, 200, 90)),
    Film("Agent 327", "2017-05-12", "An agent asks the wrong barber.", 80, _TWO, "Eve Maker", (ADA, BOB), ("Agents", "Comedy"), (30, 60, 60)),
    Film("Hero", "2018-04-16", "Drawn by hand in the space of a film.", 55, _ONE, "Fay Shooter", (CY, DI), ("Drawn", "Fantasy"), (220, 60, 120)),
    Film("Spring", "2019-04-04", "A shepherd and her dog bring back the spring.", 90, _TWO, "Dana Director", (ADA,), ("Fantasy", "Forest"), (100, 200, 120)),
    Film("Coffee Run", "2020-05-29", "A life, told between two cups of coffee.", 70, _ONE, "Eve Maker", (DI, ADA), ("City", "Romance"), (130, 80, 40)),
    Film("Sprite Fright", "2021-10-29", "Teenagers meet peaceful mushrooms. Once.", 75, _TWO, "Fay Shooter", (ADA, BOB, CY, DI), ("Comedy", "Forest", "Horror"), (180, 40, 40)),
)  # fmt: skip
