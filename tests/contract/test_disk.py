"""Where files of a real library are written and deleted."""

from pathlib import Path

from tests.contract.disk import FILM, Folder, named_folder


def test_folder_deletes_its_own_films_also_those_of_a_killed_run(tmp_path: Path) -> None:
    killed = Folder(tmp_path, "/media/scratch")
    assert killed.put("Contract.mp4") == "/media/scratch/Stash2Plex Contract/Contract.mp4"
    assert killed.move("Contract.mp4", "Contract Moved.mp4") == f"{killed.folder()}/Contract Moved.mp4"
    Folder(tmp_path, "/media/scratch").clear()
    assert list(tmp_path.iterdir()) == []


def test_folder_leaves_the_files_of_others(tmp_path: Path) -> None:
    disk = Folder(tmp_path, "/media/scratch")
    disk.put("Contract.mp4")
    others = tmp_path / "Stash2Plex Contract" / "Sintel.mkv"
    others.write_bytes(b"somebody's")
    (tmp_path / "Contract.mp4").write_bytes(b"somebody's")
    disk.clear()
    assert sorted(file.name for file in tmp_path.rglob("*.m*")) == ["Contract.mp4", "Sintel.mkv"]


def test_film_has_another_content_each_time_and_is_so_much_longer(tmp_path: Path) -> None:
    disk = Folder(tmp_path, str(tmp_path))
    first = Path(disk.put("Contract.mp4")).read_bytes()
    second = Path(disk.put("Contract.mp4")).read_bytes()
    longer = Path(disk.put("Contract.mp4", extra_bytes=1_000)).read_bytes()
    assert first != second
    assert first.startswith(FILM)
    assert len(longer) == len(first) + 1_000


def test_folder_of_a_server_that_names_it_otherwise(tmp_path: Path) -> None:
    named = {"PLEX_CONTRACT_FOLDER": str(tmp_path), "PLEX_CONTRACT_FOLDER_THERE": "D:\\Scratch"}
    disk = named_folder("PLEX", named)
    assert disk is not None
    assert disk.put("Contract.mp4") == "D:\\Scratch\\Stash2Plex Contract\\Contract.mp4"
    assert named_folder("STASH", named) is None
