"""Install from a plugin source as Stash does, and start it: the proof that an address serves a working plugin.

`python -m scripts.install ADDRESS [--into FOLDER]`, with the address of an `index.yml`. Standard library only.
Source: stash pkg/pkg/manager.go (Install), repository_http.go (resolvePath), store.go (writeFile).
"""

import argparse
import io
import json
import os
import posixpath
import re
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from scripts.index import PACKAGE_ID, told_by
from scripts.shipped import MANIFEST

TIMEOUT_S: Final = 60
_KEY: Final = re.compile(r"^[- ] (\w+): (.+)$", re.MULTILINE)


class InstallError(Exception):
    """The source does not serve a working plugin; the message says what is wrong."""


def install(address: str, plugins_dir: Path) -> Path:
    """Install the one package of the source at `address` below `plugins_dir`; its folder.

    Raises:
        InstallError: the index or the zip cannot be read, or the zip is another one than the index says.
    """
    index = dict(_KEY.findall(_fetched(address).decode()))
    missing = [key for key in ("id", "version", "date", "path", "sha256") if key not in index]
    if missing:
        raise InstallError(f"{address} has no {', '.join(missing)}")
    content = _fetched(_beside(address, index["path"]))
    found = sha256(content).hexdigest()
    if found != index["sha256"]:
        raise InstallError(f"{index['path']} has the checksum {found}, and the index says {index['sha256']}")
    folder = plugins_dir / index["id"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            target = folder / posixpath.normpath(entry.filename)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(entry))
            target.chmod(entry.external_attr >> 16 & 0o777)
    return folder


def answer(plugin_dir: Path, args: dict[str, str]) -> dict[str, object]:
    """What the installed plugin answers to a document with `args`, run as its manifest says, in a bare environment.

    Raises:
        InstallError: it answers with an error, or not at all.
    """
    command = [sys.executable, "-S", str(plugin_dir / f"{PACKAGE_ID}.py")]
    environ = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    document = json.dumps({"args": args}).encode()
    done = subprocess.run(command, input=document, env=environ, capture_output=True, check=False, timeout=TIMEOUT_S)
    printed = done.stdout.decode() + done.stderr.decode(errors="replace")
    if done.returncode:
        raise InstallError(f"the installed plugin does not run: {printed.strip()}")
    output: dict[str, object] = json.loads(done.stdout)
    return output


def prove(address: str, plugins_dir: Path) -> Path:
    """Install from `address`, and have the plugin answer to nothing at all and to View Queue Status.

    Raises InstallError.
    """
    folder = install(address, plugins_dir)
    if answer(folder, {}) != {"output": "ok"}:
        raise InstallError("the installed plugin does not answer ok to an empty document")
    answer(folder, {"mode": "queue_status"})
    return folder


def _fetched(address: str) -> bytes:
    if urlsplit(address).scheme not in {"https", "http", "file"}:
        raise InstallError(f"{address} is no address; it begins with https://, http:// or file://")
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as response:  # noqa: S310 - looked at above
            content: bytes = response.read()
    except OSError as error:
        raise InstallError(f"{address} cannot be read: {error}") from error
    return content


def _beside(address: str, path: str) -> str:
    parts = urlsplit(address)
    return parts._replace(path=posixpath.join(posixpath.dirname(parts.path), path)).geturl()


def main(arguments: list[str]) -> int:
    """Prove one address; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.install", description=__doc__)
    parser.add_argument("address", help="of an index.yml: https://, http:// or file://")
    parser.add_argument(
        "--into", type=Path, help="a plugins folder to leave the plugin in; otherwise it is removed again"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            folder = prove(options.address, options.into or Path(scratch))
        except InstallError as error:
            print(f"{options.address} does not serve a working plugin: {error}", file=sys.stderr)
            return 1
        version = told_by((folder / MANIFEST).read_text(encoding="utf-8"), "version")
    print(f"{options.address}: {PACKAGE_ID} {version} installs and answers")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
