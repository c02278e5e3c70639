"""The pictures of the page: each is taken by a test, is in the repository, and stands in the documentation."""

import re

from tests.documents import ROOT

SCREENSHOTS = ROOT / "docs" / "screenshots"
TAKEN = re.compile(r'shot\(\s*\w+,\s*"([a-z-]+)"|"([a-z-]+-phone)"')
AT_BOTH_WIDTHS = re.compile(r"""shot\(\w+, f"([a-z-]+){'' if""")
SHOWN = re.compile(r"screenshots/([a-z-]+)\.png")


def test_every_picture_is_taken_and_shown_and_no_other_is_there() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "ui").glob("test_*.py")))
    taken = {wide or phone for wide, phone in TAKEN.findall(sources)}
    taken |= {f"{name}{end}" for name in AT_BOTH_WIDTHS.findall(sources) for end in ("", "-phone")}
    shown = set(SHOWN.findall((ROOT / "docs" / "page.md").read_text(encoding="utf-8")))
    assert taken == shown
    assert {path.stem for path in SCREENSHOTS.iterdir()} == shown
