"""What is in the zip, and what the index says of it."""

import ast
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import datetime
from importlib.metadata import version as installed_version
from pathlib import Path, PurePosixPath

import pytest
import yaml

from scripts.archive import zipped
from scripts.index import Revision, index_of, revision_of, told_by
from scripts.package import ROOT, build, main
from scripts.sbom import SBOM
from scripts.shipped import ROOMS, SOURCES
from scripts.vendor import VendorError, vendored_files
from worker.installation import VERSION

NOT_A_ROOM = {"tests", "bench", "scripts"}
PINNED = re.compile(r"^([\w.-]+)==([\w.]+) \\$", re.MULTILINE)
LICENSED = ("certifi", "charset_normalizer", "idna", "persist_queue", "plexapi", "pyyaml", "requests", "stashapi", "typing_extensions", "urllib3")  # fmt: skip


@pytest.fixture(scope="module")
def entries(package):
    with zipfile.ZipFile(package.archive) as archive:
        return archive.infolist()


@pytest.fixture(scope="module")
def names(entries):
    return [entry.filename for entry in entries]


def pins():
    return dict(PINNED.findall((ROOT / "requirements.txt").read_text()))


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_zip_has_the_one_manifest_at_its_root_when_stash_looks_for_plugins(names):
    assert [name for name in names if name.endswith(".yml")] == ["Stash2Plex.yml"]


def test_zip_has_the_manifest_that_the_rules_of_the_community_were_tried_on(package):
    with zipfile.ZipFile(package.archive) as archive:  # tests/test_manifest.py tries them
        assert archive.read("Stash2Plex.yml") == (ROOT / "Stash2Plex.yml").read_bytes()


def test_zip_holds_the_plugin_its_page_and_its_libraries_and_nothing_else(names):
    allowed = {PurePosixPath(source).parts[0] for source in (*SOURCES, "vendor", "THIRD_PARTY_LICENSES.txt", SBOM)}
    assert {PurePosixPath(name).parts[0] for name in names} <= allowed
    assert "manifest" not in names, "Stash keeps its own notes in a file of this name"


def test_zip_holds_every_room_of_the_house(names):
    rooms = {init.parent.name for init in ROOT.glob("*/__init__.py")} - NOT_A_ROOM
    assert set(ROOMS) == rooms
    assert {f"{room}/__init__.py" for room in rooms} <= set(names)


def test_zip_holds_every_file_that_the_manifest_names(names):
    page = yaml.safe_load((ROOT / "Stash2Plex.yml").read_text(encoding="utf-8")).get("ui") or {}
    assert {*page.get("javascript", ()), *page.get("css", ())} <= set(names)


def test_zip_holds_no_machine_code_when_a_library_brings_some(names):
    kinds = {PurePosixPath(name).suffix for name in names if name.startswith("vendor/")}
    assert kinds == {".py", ".pem", ""}  # "" is METADATA


def test_zip_is_in_order_with_one_time_and_readable_to_all(entries, names):
    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr >> 16) for entry in entries} == {(3, 0o100644)}


def test_zip_is_the_same_bytes_when_it_is_built_again_elsewhere(package, tmp_path):
    shipped = {name: content for name, content in package.files.items() if not name.startswith("vendor/")}
    for name, content in shipped.items():
        target = tmp_path / "elsewhere" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    again = build(tmp_path / "dist", root=tmp_path / "elsewhere", build_dir=ROOT / "build")
    assert again.archive.read_bytes() == package.archive.read_bytes()


def test_zip_is_the_same_bytes_when_files_are_found_in_another_order():
    files = {"b/one.py": b"1", "a.py": b"2"}
    assert zipped(files) == zipped(dict(reversed(files.items())))


# -- the libraries ----------------------------------------------------------------------------------------------------


def test_libraries_are_those_of_the_tests_when_compared_with_the_requirements(package):
    texts = [content.decode() for name, content in package.files.items() if name.endswith(".dist-info/METADATA")]
    shipped = {told_of(text, "Name").lower().replace("_", "-"): told_of(text, "Version") for text in texts}
    pinned = {name.lower().replace("_", "-"): number for name, number in pins().items()}
    assert shipped == pinned == {name: installed_version(name) for name in pinned}


def test_libraries_bring_all_that_they_need_when_no_extra_is_asked_for(package):
    texts = [content.decode() for name, content in package.files.items() if name.endswith(".dist-info/METADATA")]
    needed = {
        re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0].lower().replace("_", "-")
        for text in texts
        for line in re.findall(r"^Requires-Dist: (.+)$", text, re.MULTILINE)
        if "extra ==" not in line
    }
    assert needed <= {name.lower().replace("_", "-") for name in pins()}


def test_licenses_name_every_library(package):
    text = package.files["THIRD_PARTY_LICENSES.txt"].decode()
    titles = re.findall(r"^=+\n(\S+) ([\w.]+)\n=+$", text, re.MULTILINE)
    assert [name for name, _ in titles] == list(LICENSED)
    assert "Mozilla Public License" in text


def test_every_library_is_pinned_by_checksums():
    text = (ROOT / "requirements.txt").read_text()
    assert len(re.findall(r"==.+ \\\n    --hash=sha256:[0-9a-f]{64}", text)) == len(pins()) == text.count("==")


def test_list_of_what_is_inside_names_every_library_with_the_checksum_of_its_wheel(package):
    document = json.loads(package.files[SBOM])
    components = {entry["name"].lower().replace("_", "-"): entry for entry in document["components"]}
    assert {name: entry["version"] for name, entry in components.items()} == {
        name.lower().replace("_", "-"): number for name, number in pins().items()
    }
    text = (ROOT / "requirements.txt").read_text()
    assert all(f"--hash=sha256:{entry['hashes'][0]['content']}" in text for entry in components.values())
    assert all(entry["licenses"][0]["license"]["name"] for entry in components.values())


def test_libraries_are_refused_when_a_file_is_another_one_than_was_pinned(tmp_path):
    (tmp_path / "requirements.txt").write_text(f"idna=={pins()['idna']} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(VendorError, match=r"(?s)pip could not fetch the libraries.*DO NOT MATCH THE HASHES"):
        vendored_files(tmp_path, tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []


def test_libraries_are_not_kept_when_pip_fails(tmp_path):
    (tmp_path / "requirements.txt").write_text("no name at all\n")
    with pytest.raises(VendorError, match=r"(?s)pip could not fetch the libraries.*make package PYTHON="):
        vendored_files(tmp_path, tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []


def told_of(metadata, key):
    return re.search(rf"^{key}: (.+)$", metadata, re.MULTILINE)[1]


# -- the index --------------------------------------------------------------------------------------------------------


def test_index_describes_the_zip_beside_it(package):
    (entry,) = yaml.safe_load(package.index.read_text(encoding="utf-8"))
    manifest = yaml.safe_load(package.files["Stash2Plex.yml"])
    assert entry == {
        "id": "Stash2Plex",
        "name": manifest["name"],
        "metadata": {"description": manifest["description"]},
        "version": package.version,
        "date": entry["date"],
        "path": package.archive.name,
        "sha256": hashlib.sha256(package.archive.read_bytes()).hexdigest(),
    }
    assert package.index.parent / entry["path"] == package.archive
    assert entry["version"].startswith(f"{manifest['version']}-")


def test_index_has_dates_as_stash_reads_them(package):
    (line,) = re.findall(r"^  date: (.+)$", package.index.read_text(encoding="utf-8"), re.MULTILINE)
    datetime.strptime(line, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - Stash's form has no zone; it means UTC


def test_index_stays_one_text_a_line_when_the_description_has_signs_of_yaml():
    manifest = "name: One\ndescription: \"What: it # does, 'so' & more\"\nversion: 2.0.1\n"
    (entry,) = yaml.safe_load(index_of(manifest, b"zip", Revision("abc1234", 0.0), "One.zip"))
    assert (entry["metadata"]["description"], entry["version"]) == ("What: it # does, 'so' & more", "2.0.1-abc1234")


def test_told_by_refuses_a_manifest_that_lacks_the_line():
    with pytest.raises(ValueError, match="no line `version: …`"):
        told_by("name: One\n", "version")


@pytest.fixture
def sources(tmp_path):
    """A repository with one source and one document, committed at a time of its own."""
    root = tmp_path / "sources"
    root.mkdir()
    (root / "Stash2Plex.py").write_text("pass\n")
    git(root, "init", "--quiet")
    commit(root, "2026-01-02T03:04:05+00:00")
    return root


def commit(root, at):
    git(root, "add", "--all")
    who = {f"GIT_{role}_{what}": "ada@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    git(root, "commit", "--quiet", "--message=x", GIT_COMMITTER_DATE=at, GIT_AUTHOR_DATE=at, **who)


def git(root, *arguments, **environ):
    command = ["git", "-C", str(root), *arguments]
    subprocess.run(command, check=True, env={"PATH": os.environ["PATH"], **environ})


def test_revision_is_that_of_the_last_change_that_ships_when_a_document_changed_after(sources):
    before = revision_of(sources, "1.0.0", now=0.0)
    (sources / "README.md").write_text("New.\n")
    commit(sources, "2026-02-03T04:05:06+00:00")
    assert revision_of(sources, "1.0.0", now=0.0) == before
    assert before.at == datetime.fromisoformat("2026-01-02T03:04:05+00:00").timestamp()
    assert re.fullmatch("[0-9a-f]{7}", before.commit)


def test_revision_says_so_when_sources_are_changed_and_not_committed(sources):
    before = revision_of(sources, "1.0.0", now=0.0)
    (sources / "Stash2Plex.py").write_text("changed\n")
    assert revision_of(sources, "1.0.0", now=7.0) == Revision(f"{before.commit}-modified", 7.0)


def test_revision_is_the_release_when_its_tag_is_here_and_nothing_was_changed(sources):
    git(sources, "tag", "v1.0.0")
    assert revision_of(sources, "1.0.0", now=0.0).version("1.0.0") == "1.0.0"
    assert re.fullmatch("1.0.1-[0-9a-f]{7}", revision_of(sources, "1.0.1", now=0.0).version("1.0.1"))
    (sources / "Stash2Plex.py").write_text("changed\n")
    assert revision_of(sources, "1.0.0", now=7.0).version("1.0.0").endswith("-modified")


def test_revision_has_no_commit_when_there_is_no_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert revision_of(tmp_path, "1.0.0", now=7.0) == Revision("", 5.0)
    assert Revision("", 5.0).version("1.0.0") == "1.0.0"


# -- the command ------------------------------------------------------------------------------------------------------


def test_main_says_what_was_built_and_how_large_it_is(tmp_path, capsys):
    assert main(["--out", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert re.search(rf"Stash2Plex\.zip: version {re.escape(VERSION)}\S*, [\d,]+ KB, \d+ files", output)
    assert (tmp_path / "index.yml").as_uri() in output


def test_main_says_what_it_needs_before_an_old_python_stumbles_over_the_rest():
    """Checked with the oldest grammar that Python knows and a false version: old interpreters are rarely at hand."""
    ast.parse((ROOT / "scripts" / "__main__.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    old = "import runpy, sys; sys.version_info = (3, 9, 18); sys.version = '3.9.18'; runpy.run_module('scripts', run_name='__main__')"
    run = subprocess.run([sys.executable, "-c", old], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("Stash2Plex needs Python 3.11 or newer; ")
    assert run.stderr.count("\n") == 1


def test_zip_stays_small_enough_for_a_click(package):
    assert package.archive.stat().st_size < 2_000_000


# -- one version ------------------------------------------------------------------------------------------------------


def test_version_is_the_same_wherever_it_stands():
    manifest = yaml.safe_load((ROOT / "Stash2Plex.yml").read_text(encoding="utf-8"))["version"]
    code = re.search(r'^VERSION = "(.+)"$', (ROOT / "worker" / "installation.py").read_text(), re.MULTILINE)[1]
    project = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    changes = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert manifest == code == project == changes


def test_license_is_the_same_wherever_it_stands():
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert 'license = { file = "LICENSE" }' in Path(ROOT, "pyproject.toml").read_text()


def test_archive_reads_back_what_was_put_in():
    with zipfile.ZipFile(io.BytesIO(zipped({"plugin.py": b"pass\n"}))) as archive:
        assert archive.read("plugin.py") == b"pass\n"
