"""What a network share may lack as the home of the data folder: pipes, rights of files, locks, shared memory."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import House
from tests.machine import compiler

pytestmark = pytest.mark.needs("compiler")

SOURCE = Path(__file__).with_name("refuse.c")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What refuses it, to be loaded before the system's own library."""
    made = tmp_path_factory.mktemp("refuse") / "refuse.so"
    subprocess.run([compiler(), "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl"], check=True)
    return made


@pytest.fixture
def share(build: Callable[..., House], library: Path, tmp_path: Path) -> Callable[[str], House]:
    """Makes a house on a share without what is named."""

    def make(*words: str) -> House:
        (tmp_path / "refused").write_text(" ".join(words), encoding="ascii")
        return build(environ={"LD_PRELOAD": str(library), "REFUSED_BY": str(tmp_path / "refused")})

    return make


def test_saves_arrive_from_a_share_without_pipes_and_rights(share: Callable[..., House]) -> None:
    house = share("pipes", "rights")
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    for movie in (bunny, sintel):
        house.save(movie, title=f"{movie.name}!")
        house.wait(house.has_title(movie))
    house.wait((house.data_dir / "plex-token.json").exists)
    assert not (house.data_dir / "worker.fifo").exists()
    assert house.log().count("the worker has started") == 1
    assert house.stderr() == ""


@pytest.mark.parametrize(
    ("word", "missing"), [("locks", "locks of files"), ("memory", "memory that programs share (mmap)")]
)
def test_saves_are_kept_and_it_is_said_why_when_sqlite_cannot_work_on_a_share(
    share: Callable[..., House], tmp_path: Path, word: str, missing: str
) -> None:
    house = share(word)
    sentence = f"{house.data_dir} lies on a file system without {missing}, and nothing can be synced from there"
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    assert [sentence in text for level, text in house.hook_log() if level == "warning"] == [True]
    house.wait((house.data_dir / "worker.problem").exists)
    house.wait(lambda: not house.workers())
    assert sentence in house.text_of("worker.problem")
    house.save(sintel, title="Sintel!")
    assert any(sentence in text for level, text in house.hook_log() if level == "error")
    assert len(list((house.data_dir / "queue" / "saves").iterdir())) == 2, "nothing is lost"
    assert list(house.data_dir.glob("probe-*")) == []
    (tmp_path / "refused").write_text("", encoding="ascii")  # as when it is mounted in another way
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(bunny, sintel))
    assert not (house.data_dir / "worker.problem").exists()
    assert "is damaged" not in house.log()
