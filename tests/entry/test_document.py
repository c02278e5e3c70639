"""One document in, one answer out, whatever the document is; as true processes."""

import json
import sys

import pytest

from tests import machine
from tests.entry.conftest import CAPTURED, captured
from tests.hooks.test_events import EXPECTED

OK = {"output": "ok"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_captured_hook_is_queued_as_it_should_be(door, name):
    reply = door((CAPTURED / f"{name}.json").read_bytes())
    assert (reply.answer, reply.status) == (OK, 0)
    jobs = [(kind, f"{'scene' if kind in ('metadata', 'destroyed') else kind}_{number}", data) for kind, number, data in EXPECTED[name]]  # fmt: skip
    assert door.jobs() == jobs
    lines = door.handed_over()
    assert [line["CookieValue"] for line in lines] == ["REDACTED-SESSION-COOKIE"] * len(jobs), (
        "the worker is woken once a job"
    )


def test_captured_task_is_answered_without_any_connection(door):
    document = captured("task")
    del document["server_connection"]
    reply = door(document)
    assert reply.status == 0
    assert "output" in reply.answer


def test_operation_that_is_not_ours_is_named_in_the_error(door):
    assert "mode is one of" in door(captured("operation")).error


@pytest.mark.parametrize("python", [(sys.executable,), (sys.executable, "-S"), (sys.executable, "-E", "-s")])
def test_short_form_works_however_python_is_started(door, python):
    reply = door(
        '{"args":{"hookContext":{"type":"Scene.Update.Post","input":{"id":123,"title":"Test Scene"}}}}', python=python
    )
    assert (reply.answer, reply.status) == (OK, 0)
    assert door.jobs() == [("metadata", "scene_123", {"fields": ["title"]})]


@pytest.mark.parametrize(
    "document", ['{"args": {}}', '{"args": null}', "{}", '\ufeff{"args": {}}', ' \n{"args": {}}\n']
)
def test_empty_arguments_are_answered_with_ok(door, document):
    reply = door(document)
    assert (reply.stdout, reply.status) == ('{"output": "ok"}\n', 0)


DEEP = 100_000
MALFORMED = {
    "nothing": (b"", "empty"),
    "blanks": (b" \n\t ", "empty"),
    "no JSON": (b"hello", "not one JSON document"),
    "truncated": (json.dumps(captured("scene_update_post_single")).encode()[:400], "not one JSON document"),
    "two documents": (b'{"args": {}}{"args": {}}', "not one JSON document"),
    "no UTF-8": (b'{"args": {"x": "\xff\xfe"}}', "not one JSON document"),
    "UTF-16": ('{"args": {}}'.encode("utf-16"), "not one JSON document"),
    "zero bytes": (b"\0" * 100, "not one JSON document"),
    "a list": (b"[]", "not an object"),
    "a string": (b'"args"', "not an object"),
    "null": (b"null", "not an object"),
    "args a list": (b'{"args": []}', "args is not an object"),
    "args a string": (b'{"args": "mode"}', "args is not an object"),
    "args a number": (b'{"args": 0}', "args is not an object"),
    "mode missing": (b'{"args": {"days": "30"}}', "no task"),
    "mode unknown": (b'{"args": {"mode": "make_coffee"}}', "make_coffee"),
    "mode a list": (b'{"args": {"mode": ["all"]}}', "no task"),
    "context a list": (b'{"args": {"hookContext": []}}', "hookContext is not an object"),
    "context a string": (b'{"args": {"hookContext": "x"}}', "hookContext is not an object"),
    "context false": (b'{"args": {"hookContext": false}}', "hookContext is not an object"),
    "no type": (b'{"args": {"hookContext": {"id": 1}}}', "type"),
    "no id": (b'{"args": {"hookContext": {"type": "Scene.Update.Post", "input": {"title": "x"}}}}', "no id"),
    "id a text": (b'{"args": {"hookContext": {"type": "Scene.Update.Post", "id": "one"}}}', "no id"),
    "id below zero": (b'{"args": {"hookContext": {"type": "Scene.Update.Post", "id": -5}}}', "no id"),
    "id too long": (b'{"args": {"hookContext": {"type": "Scene.Update.Post", "id": ' + b"9" * 5000 + b"}}}", ""),
    "deep lists": (b'{"args": ' + b"[" * DEEP + b"]" * DEEP + b"}", "nested too deeply"),
    "deep objects": (b'{"args": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}", "nested too deeply"),
    "20 MB of garbage": (b"x" * 20_000_000, "more than 16 MB"),
    "20 MB of JSON": (b'{"args": {"mode": "' + b"x" * 20_000_000 + b'"}}', "more than 16 MB"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_input_is_one_clear_error(door, name):
    stdin, named = MALFORMED[name]
    reply = door(stdin)
    assert named in reply.error
    assert len(reply.error) < 500
    assert door.jobs() == []


def test_hook_of_20_mb_is_recorded_and_says_what_was_not_read(door):
    document = captured("scene_update_post_cover")
    document["args"]["hookContext"]["input"]["cover_image"] = "data:image/png;base64," + "A" * 20_000_000
    assert "larger than 16 MB" in door(document).error
    assert door.jobs() == [("metadata", "scene_1", {"fields": []})]
    assert [line["Port"] for line in door.handed_over()] == [9999]


def test_hook_of_12_mb_is_read_whole(door):
    document = captured("scene_update_post_cover")
    document["args"]["hookContext"]["input"]["cover_image"] = "data:image/png;base64," + "A" * 12_000_000
    assert door(document).answer == OK
    assert door.jobs() == [("metadata", "scene_1", {"fields": ["cover_image"]})]


def test_row_holds_no_values_of_the_user_and_the_log_no_cookie(door):
    document = captured("scene_update_post_single")
    document["args"]["hookContext"]["input"]["title"] = "a-title-of-the-users"
    reply = door(document)
    held = b"".join(file.read_bytes() for file in (door.data_dir / "queue").iterdir())
    assert b"a-title-of-the-users" not in held
    assert b"REDACTED-SESSION-COOKIE" not in held
    assert "REDACTED-SESSION-COOKIE" not in reply.stdout + reply.stderr


@pytest.mark.parametrize(
    "connection",
    [
        None,
        [],
        "http://x",
        {},
        {"SessionCookie": "x"},
        {"Host": 7, "Port": "9999"},
        {"SessionCookie": {"Value": "\u00e4\n\x00"}},
    ],
)
def test_job_is_recorded_when_the_connection_is_nonsense(door, connection):
    document = {**captured("scene_update_post_single"), "server_connection": connection}
    assert door(document).answer == OK
    assert len(door.jobs()) == 1


def test_data_folder_is_made_for_its_owner_only_when_there_is_none(door, tmp_path):
    door.data_dir = tmp_path / "new" / "data"
    assert door({"args": {"hookContext": {"type": "Scene.Destroy.Post", "id": 4, "input": None}}}).answer == OK
    assert machine.is_closed_to_others(door.data_dir)
    assert door.jobs() == [("destroyed", "scene_4", {})]
