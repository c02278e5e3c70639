"""The flows that `make servers` runs on real servers, on the stand-ins, so that they are right when they get there."""

from collections.abc import Callable
from pathlib import Path

from tests.contract.stash.wire import Wire
from tests.house import House
from tests.servers import real_plex
from tests.servers.flows import Flows
from tests.servers.places import FILMS, FLOWS, Places
from tests.servers.real_stash import Stash


def test_flows_arrive_on_the_stand_ins(build: Callable[..., House], tmp_path: Path) -> None:
    places = Places(tmp_path / "servers")
    places.lay()
    plex = real_plex.stand_in(places)
    house = build()
    sizes = {name: places.file(name).stat().st_size for name in FILMS}
    for name, size in sizes.items():
        house.stash.library.add_scene([str(places.file(name))], size=size)
    stash = Stash(Wire(house.stash.url, ""), house.data_dir, lambda: None, {})
    stash.configure(plex_url=plex.url, plex_token=plex.token, plex_library=FLOWS)
    scenes = stash.scenes()
    Flows(stash, plex, {name: scenes[str(places.file(name))] for name in FILMS}).run()
    plex.stop()
    assert len(set(sizes.values())) == len(FILMS), "films of equal size could be taken for each other"
    assert house.stats()["failed"] == 0
