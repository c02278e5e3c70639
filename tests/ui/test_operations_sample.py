"""What ten scenes would get by settings that are typed and not saved. Each call is the process that Stash would start."""


def fields(scene):
    return {field["field"]: (field["now"], field["then"]) for field in scene["fields"] if field["differs"]}


def test_sample_shows_what_would_change_and_saves_nothing(world):
    world.fill("Sintel", in_plex=False)
    world.configure(exclude_tags="Short")
    before = world.settings()
    answer = world.operation("ui_sample", values={"tags_to": "labels", "collections_from": "studio"})
    (scene,) = answer["scenes"]
    assert (answer["total"], answer["problems"], scene["title"], scene["why_not"]) == (1, [], "Sintel", "")
    assert fields(scene) == {
        "genre": (["Animation"], []),
        "label": ([], ["Animation"]),
        "collection": ([], ["Open Films"]),
    }
    assert world.settings() == before


def test_sample_needs_no_plex(world):
    world.fill("Sintel", in_plex=False)
    world.configure()
    world.plex.refuse()
    (scene,) = world.operation("ui_sample", values={"exclude_tags": "Short"})["scenes"]
    assert fields(scene) == {"genre": (["Animation", "Short"], ["Animation"])}


def test_sample_says_what_cannot_be_tried_and_what_is_left_out_or_left_alone(world):
    world.fill("Sintel", in_plex=False)
    world.configure()
    answer = world.operation("ui_sample", values={"tags_to": "gernes"})
    assert [each["setting"] for each in answer["problems"]] == ["tags_to"]
    assert "did you mean genres?" in answer["problems"][0]["message"]
    assert fields(answer["scenes"][0]) == {}
    answer = world.operation("ui_sample", values={"only_organized": True, "skip_fields": "genre"})
    assert "only_organized" in answer["scenes"][0]["why_not"]
    (genre,) = (field for field in answer["scenes"][0]["fields"] if field["field"] == "genre")
    assert (genre["differs"], genre["is_left_alone"]) == (True, True)


def test_sample_is_of_ten_scenes_and_the_same_ones_for_the_same_seed(world):
    world.stash.populate(40)
    world.configure()
    ids = [[scene["scene_id"] for scene in world.operation("ui_sample", seed=seed)["scenes"]] for seed in (1, 1, 2)]
    assert len(ids[0]) == 10
    assert ids[0] == ids[1] != ids[2]
    found = world.operation("ui_sample", words="no such scene")
    assert (found["scenes"], found["total"]) == ([], 0)
