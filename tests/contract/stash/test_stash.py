"""What we believe of Stash, asked of the stand-in with and without a login, and of a real Stash where one is named."""

from collections.abc import Iterator

import pytest

from tests.contract.beliefs import LENIENT, REAL, STRICT, Belief
from tests.contract.conftest import Tell
from tests.contract.stash import covers, files, hooks, operations, reads, real, times
from tests.contract.stash.scratch import Scratch
from tests.contract.stash.stand_in import stand_in
from tests.contract.stopping import told_once

TOPICS = (
    reads.SCHEMA,
    reads.READS,
    reads.ACCESS,
    times.TIMES,
    covers.COVERS,
    operations.OPERATIONS,
    hooks.HOOKS,
    files.FILES,
)
BELIEFS = [belief for topic in TOPICS for belief in topic]
SERVERS = {STRICT: "stand-in with a login", LENIENT: "stand-in without"}
ASKED = [
    *((STRICT, belief) for belief in BELIEFS),
    *((LENIENT, belief) for belief in reads.ACCESS),  # nothing else depends on a login
    *((REAL, belief) for belief in BELIEFS if real.is_named()),
]


@pytest.fixture(scope="module")
def stash(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    is_real = request.param == REAL
    with (
        told_once(),
        real.real_stash() if is_real else stand_in(request.param, tmp_path_factory.mktemp("plugins")) as opened,
    ):
        yield opened


@pytest.mark.parametrize(
    ("stash", "belief"),
    [pytest.param(*asked, id=f"{asked[0]}-{asked[1].name.replace(' ', '-')}") for asked in ASKED],
    indirect=["stash"],
    scope="module",
)
def test_stash_does_as_believed(stash: Scratch, belief: Belief, tell: Tell) -> None:
    server = SERVERS.get(stash.reading, f"seen (Stash {stash.version})")
    tell(belief, stash.reading, server, stash.asked)
