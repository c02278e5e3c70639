"""What the project's pages serve, and whether Stash could install from it."""

import functools
import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from scripts import install, release, site
from scripts.package import ROOT, Package
from worker.installation import VERSION


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(package: Package, tmp_path: Path) -> Iterator[str]:
    """The package of this session behind a web server, as a folder of a site."""
    folder = tmp_path / "site" / "stable"
    folder.mkdir(parents=True)
    for file in (package.archive, package.index):
        (folder / file.name).write_bytes(file.read_bytes())
    handler = functools.partial(Quiet, directory=str(tmp_path / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/stable/index.yml"
        server.shutdown()


def test_plugin_installs_from_an_address_and_answers(address, tmp_path, capsys):
    assert install.main([address, "--into", str(tmp_path / "plugins")]) == 0
    assert re.fullmatch(
        rf"{re.escape(address)}: Stash2Plex {re.escape(VERSION)} installs and answers\n", capsys.readouterr().out
    )
    assert (tmp_path / "plugins" / "Stash2Plex" / "Stash2Plex.yml").is_file()


def test_zip_is_refused_when_it_is_not_the_one_of_the_index(address, tmp_path, capsys):
    with (tmp_path / "site" / "stable" / "Stash2Plex.zip").open("ab") as archive:
        archive.write(b"more")
    assert install.main([address]) == 1
    assert "has the checksum" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("index", "reason"), [("- id: Stash2Plex\n", "has no version, date, path, sha256"), ("", "has no id")]
)
def test_index_that_lacks_something_is_refused_by_name(tmp_path, index, reason):
    (tmp_path / "index.yml").write_text(index)
    with pytest.raises(install.InstallError, match=reason):
        install.install((tmp_path / "index.yml").as_uri(), tmp_path)


def test_plugin_that_does_not_run_is_named(tmp_path):
    (tmp_path / "Stash2Plex.py").write_text("raise SystemExit('no library')\n")
    with pytest.raises(install.InstallError, match="does not run: no library"):
        install.answer(tmp_path, {})


@pytest.mark.parametrize("address", ["plugins/index.yml", "ftp://example.org/index.yml"])
def test_address_must_be_one_that_stash_can_read(address, capsys):
    assert install.main([address]) == 1
    assert "is no address" in capsys.readouterr().err


# -- the site ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """This checkout as a repository of its own, with the libraries that are here, a release and one commit after it."""
    root: Path = tmp_path_factory.mktemp("repository") / "checkout"
    clone = ["git", "clone", "--quiet", "--no-tags", str(ROOT), str(root)]
    subprocess.run(clone, check=True)
    shutil.copytree(ROOT / "scripts", root / "scripts", dirs_exist_ok=True)  # what is not committed yet counts, too
    for name in ("requirements.txt", "Stash2Plex.yml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, root)
    (root / ".git" / "info" / "exclude").write_text("build\n")
    (root / "build").symlink_to(ROOT / "build")
    commit(root, "--allow-empty")
    git(root, "tag", f"v{VERSION}")
    (root / "LICENSE").write_text((root / "LICENSE").read_text() + "\n")
    commit(root)
    return root


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.com")
    command = ["git", "-C", str(root), *who, *arguments]
    subprocess.run(command, check=True, capture_output=True)


def commit(root: Path, *flags: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=x", *flags)


def test_site_has_the_newest_release_and_this_commit_and_says_where(repository, tmp_path):
    channels = site.build_site(tmp_path, "https://example.org/Stash2Plex/", root=repository)
    assert channels["stable"] == VERSION
    assert re.fullmatch(rf"{re.escape(VERSION)}-[0-9a-f]{{7}}", channels["development"])
    for channel, version in channels.items():
        (entry,) = yaml.safe_load((tmp_path / channel / "index.yml").read_text(encoding="utf-8"))
        assert entry["version"] == version
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    shown = re.findall(r"<code>(.+?)</code>", text)
    assert shown == [f"https://example.org/Stash2Plex/{channel}/index.yml" for channel in ("stable", "development")]
    assert (tmp_path / "stable" / "Stash2Plex.zip").read_bytes() != (
        tmp_path / "development" / "Stash2Plex.zip"
    ).read_bytes()


def test_newest_release_is_the_highest_version_and_no_other_tag(repository):
    before = site.newest_release(repository)
    for tag in ("v0.9.0", "v0.10.0", "vault", "v99.0.0-rc1"):
        git(repository, "tag", tag)
    assert before == site.newest_release(repository) == f"v{VERSION}"


def test_page_names_one_channel_when_nothing_was_released():
    text = site.page("https://example.org", {"development": "1.0.0-abc1234"})
    assert re.findall(r"<code>(.+?)</code>", text) == ["https://example.org/development/index.yml"]


# -- the release ------------------------------------------------------------------------------------------------------


def test_notes_of_a_release_are_its_section_of_the_changes(capsys):
    assert release.main([f"v{VERSION}"]) == 0
    notes = capsys.readouterr().out
    assert notes in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## " not in notes
    assert notes.count("\n") > 1


def test_tag_of_another_version_is_refused(capsys):
    assert release.main(["v0.0.1"]) == 1
    assert f"tag v{VERSION}" in capsys.readouterr().err


def test_version_without_a_section_is_refused(tmp_path):
    (tmp_path / "Stash2Plex.yml").write_text("version: 2.0.0\n")
    (tmp_path / "CHANGELOG.md").write_text("## 1.0.0\n\nOld.\n")
    with pytest.raises(release.ReleaseError, match=r"no section 2\.0\.0"):
        release.notes_of(tmp_path, "v2.0.0")


# -- the workflows ----------------------------------------------------------------------------------------------------

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflow_runs_commands_that_exist_and_asks_for_no_secret(file):
    text = file.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"run: make ([a-z-]+)", text)) <= targets
    modules = re.findall(r"python -m ([\w.]+)", text)
    assert [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").is_file()] == []
    assert [name for name in re.findall(r"\bscripts/[\w-]+", text) if not (ROOT / name).exists()] == []
    assert "secrets." not in text
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
