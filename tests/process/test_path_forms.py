"""One file whose path the two servers write in other ways: the index finds it, and the match agrees."""

import pytest

FORMS = {
    "two slashes": ("/media//movies/Sintel/Sintel.mkv", "/data/movies => /media/movies"),
    "a drive behind a prefix": (r"\\?\D:\Movies\Sintel\Sintel.mkv", r"/data/movies => D:\Movies"),
    "a share behind a prefix": (r"\\?\UNC\nas\movies\Sintel\Sintel.mkv", r"/data/movies => \\nas\movies"),
    "a drive with slashes": ("d:/movies/Sintel/Sintel.mkv", r"/data/movies => D:\Movies"),
}


@pytest.mark.parametrize("form", FORMS)
def test_save_arrives_when_plex_writes_the_path_in_another_way(build, form):
    plex_path, rules = FORMS[form]
    house = build(settings={"path_rules": rules})
    key = house.plex.state.add_item(house.section, plex_path)
    scene = house.stash.add_scene(path="/data/movies/Sintel/Sintel.mkv")
    house.stash.save_scene(scene, title="Sintel!")
    house.wait(lambda: house.plex.state.item(key).title == "Sintel!")
