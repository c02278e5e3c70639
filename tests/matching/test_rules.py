import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.infer import Inference
from matching.mapper import Mapper
from matching.paths import PathRule
from matching.rules import RuleError, check_rules, parse_rules


def mapper_of(*rules: tuple[str, str], ignore_case: bool = False) -> Mapper:
    return Mapper([PathRule(*rule) for rule in rules], ignore_case=ignore_case)


def inferred_mapper(*rules: tuple[str, str]) -> Mapper:
    return Mapper(inference=Inference(rules=tuple(PathRule(*rule) for rule in rules)))


@pytest.mark.parametrize(
    "text",
    [
        "/data => /media; /tv => D:\\TV",
        "/data=>/media;/tv->D:\\TV;",
        "\n/data -> /media\r\n\n  /tv => D:\\TV  \n",
        "/data => /media;;/tv => D:\\TV",
    ],
)
def test_parse_rules_reads_rules_in_order_when_they_are_separated_by_lines_or_semicolons(text: str) -> None:
    assert parse_rules(text) == (PathRule("/data", "/media"), PathRule("/tv", "D:\\TV"))


def test_parse_rules_gives_none_when_the_text_is_blank() -> None:
    assert parse_rules(" \n ; ") == ()


@pytest.mark.parametrize(
    ("text", "number", "message"),
    [
        ("/data /media", 1, 'there is no "=>"'),
        ("/a => /b; => /media", 2, "the prefix on Stash's side is empty"),
        ("/data =>", 1, "the prefix on Plex's side is empty"),
        ("data => /media", 1, '"data" on Stash\'s side is not a full path'),
        ("/data => C:media", 1, '"C:media" on Plex\'s side is not a full path'),
        ("/a => /b => /c", 1, "again at character 10"),
        ("/data => /m; /data/tv => /t", 2, 'never reached, because rule 1 ("/data")'),
        ("x => /y; /q => /r; /q/s => /t", 3, 'never reached, because rule 2 ("/q")'),
        ("C:\\Films => /m; c:/films/new => /t", 2, "never reached"),
    ],
)
def test_parse_rules_names_the_rule_and_the_reason_when_it_cannot_be_used(text: str, number: int, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rules(text)
    problem = caught.value.problems[-1]
    assert problem.startswith(f"rule {number}, ")
    assert message in problem


def test_parse_rules_reports_every_problem_when_there_are_several() -> None:
    with pytest.raises(RuleError) as caught:
        parse_rules("/a; b => /c; /d => /e; =>")
    assert [problem[:6] for problem in caught.value.problems] == ["rule 1", "rule 2", "rule 4"]


def test_check_rules_takes_arrows_and_semicolons_when_prefixes_come_as_pairs() -> None:
    assert check_rules([("/a;b => c", "/d -> e")]) == (PathRule("/a;b => c", "/d -> e"),)


@given(st.text(alphabet="/ab =>-;C:\\\n", max_size=30))
def test_parse_rules_gives_rules_or_a_rule_error_when_fed_anything(text: str) -> None:
    with contextlib.suppress(RuleError):
        assert all(rule.stash_prefix and rule.plex_prefix for rule in parse_rules(text))


def test_candidates_follow_the_first_rule_that_fits_when_several_do() -> None:
    mapper = mapper_of(("/data/tv", "/shows"), ("/data", "/media"))
    assert mapper.candidates("/data/tv/a.mp4") == ("/shows/a.mp4",)
    assert mapper.candidates("/data/tv-4k/a.mp4") == ("/media/tv-4k/a.mp4",)


def test_candidates_are_the_path_itself_when_no_rule_fits() -> None:
    assert mapper_of(("/tv", "/shows")).candidates("/tv-4k/a.mp4") == ("/tv-4k/a.mp4",)
    assert Mapper().candidates("/data/a.mp4") == ("/data/a.mp4",)


def test_candidates_use_the_separators_of_plex_when_it_runs_on_windows() -> None:
    assert mapper_of(("/data", "D:\\Media")).candidates("/data/films/a.mp4") == ("D:\\Media\\films\\a.mp4",)
    assert mapper_of(("D:\\Media", "/data")).candidates("d:\\media\\films\\a.mp4") == ("/data/films/a.mp4",)


def test_candidates_are_none_when_a_name_would_become_a_folder_on_windows() -> None:
    assert mapper_of(("/data", "D:\\Media")).candidates("/data/a\\b.mp4") == ()


def test_candidates_ignore_case_of_the_prefix_only_when_it_was_set() -> None:
    assert mapper_of(("/Data", "/media")).candidates("/data/A.mp4") == ("/data/A.mp4",)
    assert mapper_of(("/Data", "/media"), ignore_case=True).candidates("/data/A.mp4") == ("/media/A.mp4",)


def test_candidates_follow_what_was_inferred_when_no_rule_fits() -> None:
    mapper = Mapper([PathRule("/tv", "/shows")], inference=Inference(rules=(PathRule("/data", "/media"),)))
    assert mapper.candidates("/data/a.mp4") == ("/media/a.mp4",)
    assert mapper.candidates("/tv/a.mp4") == ("/shows/a.mp4",)
    assert mapper.candidates("/elsewhere/a.mp4") == ("/elsewhere/a.mp4",)


def test_candidates_take_the_longest_inferred_prefix_when_mounts_lie_in_mounts() -> None:
    mapper = inferred_mapper(("/data", "/media"), ("/data/tv", "/shows"))
    assert mapper.inferred("/data/tv/a.mp4") == ("/shows/a.mp4",)


def test_candidates_leave_out_an_inferred_place_when_it_belongs_to_a_nearer_mount_of_plex() -> None:
    mapper = inferred_mapper(("/data", "/media"), ("/other", "/media/tv"))
    assert mapper.candidates("/data/tv/a.mp4") == ()
    assert mapper.candidates("/other/a.mp4") == ("/media/tv/a.mp4",)
