"""What was counted over two stretches is what is counted over both, and comes back from a file as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.files import canonical_json
from redact.records.kinds import Kind
from redact.records.tracks import Detections
from redact.verify.chroma import ChromaTally
from redact.verify.evidence import KEPT, Evidence
from redact.verify.file_checks import TimesTally
from redact.verify.findings import Finding, Standing
from redact.verify.frame_checks import MasksTally, SceneTally
from redact.verify.second_look import LookTally
from redact.verify.seen import Seen, all_together, from_plain, to_plain
from redact.verify.strength import StrengthTally
from redact.verify.strip_check import StripTally
from redact.verify.tally import Least, Most, joined

COUNT = st.integers(0, 10**6)
LEVEL = st.floats(0, 1, width=32)
WORDS = st.sampled_from(["", " (at 00:01.0)", " (frame 7)"])
MOST = st.builds(Most, LEVEL, WORDS)
LEAST = st.builds(Least, LEVEL)
SUMS = st.dictionaries(st.integers(-1, 20), st.tuples(LEVEL, LEVEL, LEVEL), max_size=4)


@st.composite
def findings(draw: st.DrawFn) -> tuple[Detections, tuple[Finding, ...]]:
    """Rows that were found, in order of time, and findings that were told."""
    frames = sorted(draw(st.lists(st.integers(0, 999), max_size=3)))
    rows = Detections(
        np.array(frames, np.int32),
        np.array([(frame, 1, frame + 5, 9) for frame in frames], np.float32).reshape(-1, 4),
        np.full(len(frames), 0.75, np.float32),
        np.full(len(frames), Kind.FACE, np.uint8),
    )
    told = tuple(
        Finding(
            f"F{frame:08x}", Kind.FACE, frame, Fraction(frame, 25), (1, 2, 3, 4), 0.5, Standing.OPEN, b"\xff\xd8" * 3
        )
        for frame in frames
    )
    return rows, told


@st.composite
def seen(draw: st.DrawFn) -> Seen:
    """What was seen of some piece."""
    rows, told = draw(findings())
    return Seen(
        times=draw(st.builds(TimesTally, COUNT, COUNT, COUNT, WORDS)),
        masks=draw(st.builds(MasksTally, COUNT, COUNT, COUNT, COUNT, MOST, WORDS)),
        strength=draw(st.builds(StrengthTally, COUNT, COUNT, COUNT, COUNT, COUNT, MOST, MOST, SUMS, COUNT, COUNT)),
        scene=draw(st.builds(SceneTally, COUNT, COUNT, COUNT, COUNT, MOST, WORDS)),
        colours=draw(st.builds(ChromaTally, COUNT, COUNT, COUNT, LEAST, MOST)),
        look=LookTally(draw(COUNT), draw(COUNT), rows, told),
        strip=draw(st.builds(StripTally, COUNT, COUNT, COUNT, COUNT, LEAST, WORDS)),
    )


def plain(one: Seen) -> Any:
    """ONE, so that it can be compared."""
    return json.loads(canonical_json(to_plain(one)))


def told(one: Seen) -> list[str]:
    """What the checks say of ONE."""
    return [tally.result().found for tally in (one.times, *one.tallies)]


@given(seen())
def test_what_was_seen_comes_back_from_a_file_as_it_was(one: Seen) -> None:
    """Every number, every sentence, every finding with its picture; the checks say the same."""
    back = from_plain(plain(one))
    assert plain(back) == plain(one)
    assert told(back) == told(one)
    assert back.look.told == one.look.told


@given(seen(), seen(), seen())
def test_it_does_not_matter_which_two_are_put_together_first(first: Seen, second: Seen, third: Seen) -> None:
    """The first two and then the third, or the first and then the last two."""
    one, other = joined(joined(first, second), third), joined(first, joined(second, third))
    assert one.masks == other.masks
    assert one.scene == other.scene
    assert one.strip == other.strip
    assert one.times == other.times
    assert [finding.id for finding in one.look.told] == [finding.id for finding in other.look.told]
    for track, sums in one.strength.tracks.items():
        assert sums == pytest.approx(other.strength.tracks[track])


@given(seen(), seen())
def test_whatever_fails_of_a_piece_fails_of_the_copy(first: Seen, second: Seen) -> None:
    """Numbers add up, and the worst stays."""
    both = all_together([first, second])
    assert both.masks.boxes == first.masks.boxes + second.masks.boxes
    assert both.masks.most.level == max(first.masks.most.level, second.masks.most.level)
    assert both.colours.least.level == min(first.colours.least.level, second.colours.least.level)
    for name in ("masks", "strip"):
        passed = [getattr(one, name).result().passed for one in (first, second)]
        assert not getattr(both, name).result().passed or any(passed), name
    assert both.masks.result().passed == all(one.masks.result().passed for one in (first, second))
    assert len(both.look.found) == len(first.look.found) + len(second.look.found)


@given(seen(), st.sampled_from(["times", "masks", "look", "strength"]))
def test_a_file_that_is_no_such_record_is_refused(one: Seen, name: str) -> None:
    """A field that is missing, of another kind, or a version that is not known."""
    facts = plain(one)
    for wrong in (
        facts | {"version": "redact-seen/0"},
        facts | {name: 7},
        {key: facts[key] for key in facts if key != name},
    ):
        with pytest.raises(ValueError, match="no redact-seen/1 record"):
            from_plain(wrong)


def test_of_many_places_that_failed_the_first_of_each_check_are_kept() -> None:
    """A report has room for so many pictures of each."""
    empty = Seen(
        times=TimesTally(),
        masks=MasksTally(),
        strength=StrengthTally(),
        scene=SceneTally(),
        colours=ChromaTally(),
        look=LookTally(),
        strip=StripTally(),
    )
    many = [Evidence(check, n, Fraction(n), (0, 0, 1, 1), "") for n in range(9) for check in ("masks", "scene")]
    whole = all_together([replace(empty, evidence=tuple(many)), replace(empty, evidence=tuple(many))])
    assert [place.check for place in whole.evidence] == ["masks"] * KEPT + ["scene"] * KEPT
