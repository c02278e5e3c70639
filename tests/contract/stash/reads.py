"""How Stash answers questions, and to whom."""

import re
from typing import Any

from graphql import build_client_schema, get_introspection_query, parse, validate

from stash import client, scenes, settings_source
from tests.contract.beliefs import Beliefs
from tests.contract.stash.scratch import MARK, Scratch
from tests.contract.stash.wire import NOTHING, Refused
from tests.documents import ROOT
from tests.fakes.stash.schema import stash_schema

SCHEMA = Beliefs("Stash schema")
READS = Beliefs("Stash reads")
ACCESS = Beliefs("Stash access")

_IN_SCRIPTS = re.compile(r"gql`(.*?)`", re.DOTALL)
_OF_SCENES = ("SceneUpdateInput", "BulkSceneUpdateInput", "SceneMergeInput", "AssignSceneFileInput", "SceneCreateInput")


def _our_queries() -> list[str]:
    """Everything that the product asks, in Python and on the page."""
    texts = [
        text
        for module in (client, scenes, settings_source)
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and text.startswith(("query", "mutation")) and text.endswith("}")
    ]
    texts += [scenes.scenes_by_id([1, 2])[0], scenes.scene_files_on_pages([1], 10)]
    return texts + [
        text
        for file in sorted((ROOT / "ui").glob("*.js"))
        for text in _IN_SCRIPTS.findall(file.read_text(encoding="utf-8"))
    ]


@SCHEMA.sure("Of the fields and arguments of our queries it lacks", "none")
def our_queries(stash: Scratch) -> str:
    schema = build_client_schema(stash.wire.ask(get_introspection_query()))
    problems = [error.message for text in _our_queries() for error in validate(schema, parse(text))]
    return "; ".join(problems) or "none"


@SCHEMA.unsure(
    "The inputs that change a scene have, beside what the stand-in knows,", strict="nothing", lenient="nothing"
)
def inputs_of_scenes(stash: Scratch) -> str:
    theirs = build_client_schema(stash.wire.ask(get_introspection_query())).type_map
    ours = stash_schema().type_map
    more = [f"{name}.{field}" for name in _OF_SCENES for field in sorted(_fields(theirs[name]) - _fields(ours[name]))]
    return ", ".join(more) or "nothing"


def _fields(of: Any) -> set[str]:
    return set(of.fields)


@READS.sure("A field that does not exist is answered with", "422")
def unknown_field(stash: Scratch) -> str:
    return str(stash.wire.post("{ findScenes { contractNonsense } }").status_code)


@READS.sure("`findScenes` with a gone id among others answers", "an error for all")
def gone_among_others(stash: Scratch) -> str:
    ids = [stash.make("scene"), stash.gone()]
    try:
        found = stash.wire.ask("query ($ids: [ID!]) { findScenes(ids: $ids) { scenes { id } } }", {"ids": ids})
    except Refused as error:
        return "an error for all" if "not found" in str(error) else "an unknown error"
    return f"{len(found['findScenes']['scenes'])} of 2"


@READS.sure("`findScene` of a gone id, among others in one request, answers", "null")
def gone_one_by_one(stash: Scratch) -> str:
    found = stash.wire.ask(
        f'{{ a: findScene(id: "{stash.make("scene")}") {{ id }} b: findScene(id: "{stash.gone()}") {{ id }} }}'
    )
    return "null" if found["a"] and found["b"] is None else "something else"


@READS.sure("`updated_at` and `created_at` have fractions of a second:", "no")
def whole_seconds(stash: Scratch) -> str:
    scene = stash.scene(stash.make("scene"), "created_at updated_at")
    return "yes" if any("." in text for text in scene.values()) else "no"


@READS.sure("`updated_at` GREATER_THAN its own time finds the scene:", "no")
def greater_than(stash: Scratch) -> str:
    scene = stash.make("scene")
    query = "query ($f: SceneFilterType) { findScenes(scene_filter: $f) { count } }"
    filters = {
        "title": {"value": MARK, "modifier": "INCLUDES"},
        "updated_at": {"value": stash.scene(scene)["updated_at"], "modifier": "GREATER_THAN"},
    }
    return "yes" if stash.wire.ask(query, {"f": filters})["findScenes"]["count"] else "no"


@READS.unsure("Answers carry Stash's own time (`Date`):", strict="yes", lenient="yes")
def date(stash: Scratch) -> str:
    return "yes" if stash.wire.post("{ version { version } }").headers.get("Date") else "no"


@ACCESS.unsure("GraphQL without a key or cookie is answered with", strict="401", lenient="200")
def nothing_given(stash: Scratch) -> str:
    return str(stash.wire.post("{ version { version } }", headers=NOTHING).status_code)


@ACCESS.sure("GraphQL with a wrong key is answered with", "401")
def wrong_key(stash: Scratch) -> str:
    return str(stash.wire.post("{ version { version } }", headers={"ApiKey": "wrong"}).status_code)


@ACCESS.unsure("GraphQL with a stale cookie is answered with", strict="401", lenient="200")
def stale_cookie(stash: Scratch) -> str:
    return str(stash.wire.post("{ version { version } }", headers={"Cookie": "session=stale"}).status_code)


@ACCESS.unsure(
    "A picture without a key or cookie is answered with", strict="302, the login page", lenient="200, the picture"
)
def picture(stash: Scratch) -> str:
    answer = stash.wire.get(f"/scene/{stash.make('scene')}/screenshot", with_key=False)
    is_login = answer.headers.get("Location", "").startswith("/login")
    return f"{answer.status_code}, the {'login page' if is_login else 'picture'}"


@ACCESS.sure("GraphQL with the cookie of a plugin's document is answered with", "200")
def cookie_of_plugin(stash: Scratch) -> str:
    return str(stash.wire.post("{ version { version } }", headers=_cookie(stash)).status_code)


@ACCESS.unsure("An answer to the cookie of a plugin's document brings a renewed one:", strict="yes", lenient="yes")
def renewed_cookie(stash: Scratch) -> str:
    answer = stash.wire.post("{ version { version } }", headers=_cookie(stash))
    return "yes" if "session" in answer.cookies else "no"


def _cookie(stash: Scratch) -> dict[str, str]:
    """What lets a plugin in, of a document that was written just now."""
    stash.probe.forget()
    stash.make("performer")
    return {"Cookie": f"session={stash.probe.awaited()['server_connection']['SessionCookie']['Value']}"}
