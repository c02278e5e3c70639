"""`make site`: what the project's pages serve, two plugin sources and a page that shows their addresses.

`stable/` is the newest release, `development/` this commit. Everything is built anew from git each time, so that
nothing has to be kept from one publishing to the next.
"""

import argparse
import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template
from typing import Final

from scripts.install import InstallError, prove
from scripts.package import INDEX, ROOT, build
from scripts.vendor import VendorError

STABLE: Final = "stable"
DEVELOPMENT: Final = "development"
PAGE: Final = Path(__file__).with_name("site.html")
_RELEASE: Final = re.compile(r"v\d+\.\d+\.\d+")


class SiteError(Exception):
    """The site could not be built; the message says what to do."""


def build_site(out: Path, address: str, *, root: Path = ROOT) -> dict[str, str]:
    """Build the site into the empty folder `out`; the version in each channel. `address` is where it will be served.

    Raises:
        SiteError, VendorError: a package could not be built.
        InstallError: a package does not install or run.
        OSError, ValueError: see scripts.package.build.
    """
    out.mkdir(parents=True, exist_ok=True)
    channels = {DEVELOPMENT: build(out / DEVELOPMENT, root=root).version}
    release = newest_release(root)
    if release:
        channels[STABLE] = _build_release(root, release, out / STABLE)
    for channel in channels:
        with tempfile.TemporaryDirectory() as plugins:
            prove((out / channel / INDEX).absolute().as_uri(), Path(plugins))
    (out / "index.html").write_text(page(address.rstrip("/"), channels), encoding="utf-8")
    return channels


def newest_release(root: Path) -> str:
    """The tag of the newest release in git, "" where there is none."""
    command = ["git", "-C", str(root), "tag", "--list", "v*", "--sort=-version:refname"]
    tags = subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout.split()  # the git of the one who builds
    return next((tag for tag in tags if _RELEASE.fullmatch(tag)), "")


def _build_release(root: Path, tag: str, out: Path) -> str:
    """Build `tag` by its own scripts, in a tree of its own; its version."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch, "tree")
        _run(["git", "-C", str(root), "worktree", "add", "--detach", str(tree), tag], root)
        try:
            _run([sys.executable, "-m", "scripts", "--out", str(out.absolute())], tree)
        finally:
            _run(["git", "-C", str(root), "worktree", "remove", "--force", str(tree)], root)
    return tag.removeprefix("v")


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SiteError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()}")


def page(address: str, channels: dict[str, str]) -> str:
    """The page, for a site at `address`."""
    rows = "\n".join(
        f"<dt>{html.escape(channel.capitalize())} <small>{html.escape(channels[channel])}</small></dt>"
        f"<dd><code>{html.escape(f'{address}/{channel}/{INDEX}')}</code></dd>"
        for channel in (STABLE, DEVELOPMENT)
        if channel in channels
    )
    return Template(PAGE.read_text(encoding="utf-8")).substitute(channels=rows)


def main(arguments: list[str]) -> int:
    """Build the site, and say what it serves; the exit status."""
    parser = argparse.ArgumentParser(prog="make site", description=__doc__)
    parser.add_argument(
        "--address", required=True, help="where the site will be served, such as https://example.org/Stash2Plex"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site")
    options = parser.parse_args(arguments)
    shutil.rmtree(options.out, ignore_errors=True)
    try:
        channels = build_site(options.out, options.address)
    except (SiteError, VendorError, InstallError, OSError, ValueError) as error:
        print(f"No site was built: {error}", file=sys.stderr)
        return 1
    for channel, version in channels.items():
        print(f"{options.address.rstrip('/')}/{channel}/{INDEX}: version {version}, installs and answers")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
