"""What is inside the package, as a CycloneDX document.

Each library with its version, licence and the checksum of the wheel it was taken from.

The same libraries give the same bytes: the document has no time and no serial number. Source: CycloneDX 1.6, JSON.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import Any, Final

SBOM: Final = "sbom.cdx.json"


@dataclass(frozen=True, slots=True)
class Library:
    """One library as its METADATA says it; `sha256` is that of its wheel."""

    name: str
    version: str
    license: str
    sha256: str


def library_of(metadata: str, wheels: Mapping[str, str]) -> Library:
    """The library of this METADATA; `wheels` is names (in lower case, with hyphens) to checksums."""
    headers = HeaderParser().parsestr(metadata)
    trove = [line.rsplit(" :: ", 1)[-1] for line in headers.get_all("Classifier", []) if line.startswith("License ::")]
    spoken = headers["License-Expression"] or next(iter(trove), "") or (headers["License"] or "").partition("\n")[0]
    return Library(headers["Name"], headers["Version"], spoken, wheels[normal(headers["Name"])])


def normal(name: str) -> str:
    """The one form of a library's name. Source: PEP 503."""
    return name.lower().replace("_", "-").replace(".", "-")


def sbom_of(libraries: Iterable[Library]) -> str:
    """The document for these libraries."""
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [_component(library) for library in sorted(libraries, key=lambda library: normal(library.name))],
    }
    return json.dumps(document, indent=1) + "\n"


def _component(library: Library) -> dict[str, Any]:
    return {
        "type": "library",
        "name": library.name,
        "version": library.version,
        "purl": f"pkg:pypi/{normal(library.name)}@{library.version}",
        "hashes": [{"alg": "SHA-256", "content": library.sha256}],
        "licenses": [{"license": {"name": library.license}}],
    }
