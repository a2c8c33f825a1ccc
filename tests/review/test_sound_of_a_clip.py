"""Sound over HTTP: how loud, where somebody may speak, and a part to listen to, for whoever said why."""

from __future__ import annotations

import io
import wave
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from desks import Browser, red_squares
from lookers import REF, address, clip_in, looks_at

from redact.case.correcting import Wish, correct
from redact.governance.office import Office
from redact.jobs.work import speech_finder
from redact.records.drawn import Drawing
from redact.review.pictures.proxy import proxied

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.register.register import ClipRow
    from redact.review.desk import Desk


@pytest.fixture
def row(desk: Desk, tmp_path: Path) -> ClipRow:
    """A corridor with a tone in it, in a case, made ready to be played."""
    found = clip_in(desk.home, tmp_path)
    with Office.open(desk.home) as office:
        proxied(office, REF, found, speech_finder(red_squares))
    return found


def test_sound_is_drawn_and_heard(browser: Browser, row: ClipRow) -> None:
    """The tone of two seconds is as loud throughout; where no network listened, that is said; a part of it is a WAV."""
    looks_at(browser, row)
    facts = browser.get(address(row, "sound/peaks?from=00:00.5&to=00:01.5&buckets=40")).json()
    assert (facts["rate"], len(facts["buckets"])) == (40, 40)
    assert min(high for _, high in facts["buckets"]) > 0.03
    assert browser.get(address(row, "sound/speech")).json() == {"looked": False, "spans": []}
    answer = browser.get(address(row, "sound/listen?from=00:00.5&to=00:01"))
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("audio/wav", "no-store")
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnframes(), file.getframerate()) == (24_000, 48_000)
        assert np.abs(np.frombuffer(file.readframes(24_000), "<i2")).max() > 1000


def test_what_is_muted_is_silent_afterwards(browser: Browser, row: ClipRow) -> None:
    """A span that somebody muted is heard before and not after; the rest is heard both times."""
    looks_at(browser, row)
    wish = Wish(Drawing.MUTE, times=(Fraction(1, 2), Fraction(1)))
    with Office.open(browser.desk.home) as office:
        correct(office, REF, row, wish, "somebody gives their address")
    loud = {}
    for after in "01":
        data = browser.get(address(row, f"sound/listen?from=0&to=00:01.5&after={after}")).content
        samples = np.abs(np.frombuffer(data[44:], "<i2").astype(int)).reshape(-1, 2).max(axis=1)
        loud[after] = [int(part.max()) for part in np.split(samples, 3)]
    assert min(loud["0"]) > 1000
    assert loud["1"][1] == 0 < min(loud["1"][0], loud["1"][2])


@pytest.mark.parametrize(
    "rest",
    [
        "sound/listen?from=0",
        "sound/listen?from=1&to=0",
        "sound/listen?from=0&to=abc",
        "sound/listen?from=00:09&to=00:10",
        "sound/listen?from=-1&to=1",
        "sound/listen?from=0&to=1&after=2",
        "sound/peaks?buckets=0",
        "sound/peaks?buckets=1000000",
    ],
)
def test_what_is_no_part_of_it_is_refused(browser: Browser, row: ClipRow, rest: str) -> None:
    """A sentence says what can be asked for."""
    looks_at(browser, row)
    answer = browser.get(address(row, rest))
    assert (answer.status_code, bool(answer.json()["message"])) == (400, True)


@pytest.mark.parametrize("rest", ["sound/peaks", "sound/speech", "sound/listen?from=0&to=1"])
def test_nobody_hears_anything_without_a_reason(browser: Browser, row: ClipRow, rest: str) -> None:
    """What was said is as private as what was seen."""
    assert browser.get(address(row, rest)).json()["code"] == "reason-needed"
