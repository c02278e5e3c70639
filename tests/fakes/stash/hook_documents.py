"""The documents that a plugin's process gets on stdin, in the captured forms.

Values only; `plugin_host` runs the plugin with them.

Some inputs are written whole, with null for what was not sent, others hold only what was sent: that is how the structs
behind them are declared in Stash. `inputFields` is absent, not empty, where an event has none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

JsonObject = dict[str, Any]

# Written whole, in this order: what was not sent is null.
WHOLE_INPUTS = {
    "Scene.Update.Post": (
        *(
            "clientMutationId",
            "id",
            "title",
            "code",
            "details",
            "director",
            "url",
            "urls",
            "date",
            "rating100",
            "o_counter",
            "organized",
            "studio_id",
        ),
        *(
            "gallery_ids",
            "performer_ids",
            "movies",
            "groups",
            "tag_ids",
            "cover_image",
            "stash_ids",
            "resume_time",
            "play_duration",
            "play_count",
        ),
        "primary_file_id",
    ),
    "Scene.Destroy.Post": ("id", "delete_file", "delete_generated"),
    "Performer.Create.Post": (
        *(
            "name",
            "disambiguation",
            "url",
            "urls",
            "gender",
            "birthdate",
            "ethnicity",
            "country",
            "eye_color",
            "height",
            "height_cm",
            "measurements",
        ),
        *(
            "fake_tits",
            "penis_length",
            "circumcised",
            "career_length",
            "tattoos",
            "piercings",
            "aliases",
            "alias_list",
            "twitter",
            "instagram",
        ),
        *(
            "favorite",
            "tag_ids",
            "image",
            "stash_ids",
            "rating100",
            "details",
            "death_date",
            "hair_color",
            "weight",
            "ignore_auto_tag",
        ),
        "custom_fields",
    ),
    "Studio.Update.Post": (
        *(
            "id",
            "name",
            "url",
            "urls",
            "parent_id",
            "image",
            "stash_ids",
            "rating100",
            "favorite",
            "details",
            "aliases",
            "tag_ids",
            "ignore_auto_tag",
        ),
    ),
}
WHOLE_INPUTS["Performer.Update.Post"] = ("id", *WHOLE_INPUTS["Performer.Create.Post"])

NO_CUSTOM_FIELDS = {"full": None, "partial": None, "remove": None}


def whole_input(event: str, sent: Mapping[str, Any]) -> JsonObject:
    """The input of a single edit: every field present, null where nothing was sent."""
    whole = {name: sent.get(name) for name in WHOLE_INPUTS.get(event, sent)}
    if event == "Performer.Update.Post" and whole["custom_fields"] is None:
        whole["custom_fields"] = dict(NO_CUSTOM_FIELDS)
    return whole


def destroyed_scene_input(sent: Mapping[str, Any], oshash: str, stash_path: str) -> JsonObject:
    """The input of a deleted scene, with its last path."""
    head = (
        whole_input("Scene.Destroy.Post", sent)
        if "id" in sent
        else {"delete_file": None, "delete_generated": None, **sent}
    )
    return {**head, "checksum": "", "oshash": oshash, "path": stash_path}


def hook_args(event: str, entry_id: int, hook_input: Any, input_fields: Sequence[str] | None = None) -> JsonObject:
    """The `args` of a hook's document."""
    context: JsonObject = {"id": entry_id, "type": event, "input": hook_input}
    if input_fields is not None:
        context["inputFields"] = list(input_fields)
    return {"hookContext": context}


def server_connection(host: str, port: int, cookie: str, config_dir: str, plugin_dir: str) -> JsonObject:
    """The head of every document: where Stash is, and a fresh session cookie."""
    return {
        "Scheme": "http",
        "Host": host,
        "Port": port,
        "SessionCookie": {
            "Name": "session",
            "Value": cookie,
            "Quoted": False,
            "Path": "",
            "Domain": "",
            "Expires": "0001-01-01T00:00:00Z",
            "RawExpires": "",
            "MaxAge": 0,
            "Secure": False,
            "HttpOnly": False,
            "SameSite": 0,
            "Partitioned": False,
            "Raw": "",
            "Unparsed": None,
        },
        "Dir": config_dir,
        "PluginDir": plugin_dir,
    }
