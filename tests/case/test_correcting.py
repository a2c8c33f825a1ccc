"""Corrections: recorded with who, when and why; in the plan at once, in the copy, and taken back without a trace."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from cases import REF, SHOW, approved, as_user, denied, lines, only, rendered
from corridor import RedSquare

from redact.case.approving import approve, parcel
from redact.case.copies import How, copy_made, render_copy
from redact.case.correcting import Wish, correct, corrections, uncorrect
from redact.case.deciding import decide
from redact.case.footage import scanned
from redact.case.planning import plan_now, present
from redact.case.since import Since, revision
from redact.case.steps import close_request
from redact.errors import ChangedMeanwhile, NotPermitted, UsageProblem
from redact.governance.ledger.events import EventKind
from redact.package.manifest import load_manifest
from redact.package.names import PLAN
from redact.records.drawn import Drawing
from redact.records.kinds import Origin
from redact.records.plan import to_bytes

if TYPE_CHECKING:
    from redact.case.correcting import Correction
    from redact.governance.office import Office
    from redact.records.plan import MaskPlan

pytest_plugins = ("stages",)

WHY = "a window into a flat"
WINDOW = Wish(Drawing.HIDE, 10, 19, ((10, (100, 10, 140, 60)),))
WALL = (150, 90, 200, 140)


def drawn_on(office: Office) -> tuple[Correction, ...]:
    """Give what counts now."""
    _, scan = scanned(office, REF, only(office))
    return corrections(office, REF, only(office), scan)


def plan_of(office: Office) -> MaskPlan:
    """Give the plan as it is now."""
    return plan_now(present(office, REF, only(office), {"style": "fill"})).plan


def subjects(office: Office) -> dict[str, tuple[int, ...]]:
    """Give who walks and who stands, with their tracks."""
    there = present(office, REF, only(office)).known.people
    walks = there.subjects[0] if there.subjects[0].tracks[0] == 0 else there.subjects[1]
    assert len(there.subjects) == 2
    return {subject.id: subject.tracks for subject in (walks, *(one for one in there.subjects if one is not walks))}


def test_a_region_is_in_the_plan_at_once(seen: Office) -> None:
    """On its frames and no others, without a new scan; the boxes of everybody else are the same."""
    before = plan_of(seen)
    made = correct(seen, REF, only(seen), WINDOW, WHY)
    after = plan_of(seen)
    assert (made.reason, made.by, made.drawn.frames) == (WHY, seen.user, (10, 20))
    for frame in range(50):
        more = [box for box in after.boxes(frame).tolist() if box not in before.boxes(frame).tolist()]
        assert more == ([[100, 10, 140, 60]] if 10 <= frame < 20 else [])
    assert drawn_on(seen) == (made,)


def test_taken_back_the_plan_is_the_one_before_to_the_byte(seen: Office) -> None:
    """And so is what a copy is made of; both stay on record."""
    before = to_bytes(plan_of(seen))
    made = correct(seen, REF, only(seen), WINDOW, WHY)
    assert to_bytes(plan_of(seen)) != before
    uncorrect(seen, REF, only(seen), made.id, "it was a mirror after all")
    assert to_bytes(plan_of(seen)) == before
    assert drawn_on(seen) == ()
    kinds = [line["event"]["kind"] if "event" in line else line.get("kind") for line in lines(seen)]
    assert kinds.count("correction-made") == kinds.count("correction-withdrawn") == 1


def test_the_copy_is_made_of_the_very_plan_that_was_shown(seen: Office) -> None:
    """Byte for byte, with what was drawn in it, and every check passes; the manifest counts what a person drew."""
    decide(seen, REF, only(seen), ["00:00.4@70,90"], SHOW)
    correct(seen, REF, only(seen), WINDOW, WHY)
    correct(seen, REF, only(seen), Wish(Drawing.HIDE_BUT, 30, 33, ((30, (0, 0, 200, 240)),)), "a screen behind them")
    expected = plan_of(seen)
    made = rendered(seen)
    copy = copy_made(seen, REF, only(seen))
    assert copy is not None
    assert copy.file(PLAN).read_bytes() == to_bytes(expected)
    manifest = load_manifest(copy.file("manifest.json"))
    count = int((expected.origin == Origin.DRAWN).sum())
    assert (manifest.plan.by_origin["drawn"], manifest.plan.by_kind["drawn"]) == (count, count)
    assert count == 10 + 4
    assert "and 2 corrections" in manifest.decided_by
    for path in (made.report, copy.file("manifest.json")):
        assert WHY not in path.read_text()


def test_a_frame_that_is_hidden_whole_by_hand_passes_its_checks(seen: Office) -> None:
    """Nothing of it shows, in any style."""
    whole = Wish(Drawing.HIDE, 20, 24, ((20, (0, 0, 320, 240)),))
    correct(seen, REF, only(seen), whole, "nobody may see this")
    correct(seen, REF, only(seen), Wish(Drawing.HIDE, None, None, ((0, (3, 3, 4, 4)),)), "the clock in the corner")
    for style in ("blur", "fill", "pixelate"):
        made = render_copy(seen, REF, only(seen), How({"style": style}), [RedSquare()])
        assert not made.withheld, [check for check in made.checks if not check.passed]


def test_what_is_nobody_is_shown_where_it_was_said_and_stays_so(seen: Office) -> None:
    """On these frames alone; the second look finds it once more there, and knows of it."""
    walks, stands = subjects(seen).items()
    correct(seen, REF, only(seen), Wish(Drawing.NOBODY, 20, 29, subject=stands[0]), "a poster on the wall")
    plan = plan_of(seen)
    for frame in range(50):
        here = set(plan.track[plan.rows(frame)].tolist())
        assert bool(here & set(stands[1])) is not (20 <= frame < 30)
        assert here & set(walks[1])
    made = rendered(seen)
    assert (made.rounds, made.withheld) == (1, False)
    (event,) = seen.register.events(kinds=(EventKind.CORRECTED,))
    assert event.data["ground"] == "nobody"


def test_a_mask_goes_on_where_somebody_was_lost(seen: Office) -> None:
    """From the last box on; the walker's mask is held at their last place."""
    walks = next(iter(subjects(seen)))
    made = correct(seen, REF, only(seen), Wish(Drawing.EXTEND, 45, 49, subject=walks), "still there, I see a foot")
    assert made.drawn.what is Drawing.EXTEND
    plan = plan_of(seen)
    rows = [plan.origin[plan.rows(frame)].tolist() for frame in range(50)]
    assert [Origin.DRAWN in here for frame, here in enumerate(rows)] == [frame >= 45 for frame in range(50)]


def test_a_silence_is_part_of_a_copy_that_has_sound(seen: Office) -> None:
    """It is asked for beside those of the settings, and of a mute copy not at all."""
    times = (Fraction(1, 2), Fraction(3, 4))
    made = correct(seen, REF, only(seen), Wish(Drawing.MUTE, times=times), "a name is called")
    assert made.drawn.times == times
    asked = present(seen, REF, only(seen), {"audio": "keep", "mute": [{"from": "0", "to": "0.1"}]}).request
    assert [(span.start, span.end) for span in asked.mute] == [(0, Fraction(1, 10)), times]
    assert present(seen, REF, only(seen)).request.mute == ()
    assert to_bytes(plan_of(seen)) == to_bytes(plan_now(present(seen, REF, only(seen), {"style": "fill"})).plan)


def test_a_copy_is_out_of_date_once_something_is_drawn(made: Office) -> None:
    """Until it is taken back: then it is of what counts again."""
    parcel(made, REF, native=False)
    one = correct(made, REF, only(made), WINDOW, WHY)
    with pytest.raises(NotPermitted, match="out of date"):
        parcel(made, REF, native=False)
    uncorrect(made, REF, only(made), one.id, "it was a mirror after all")
    parcel(made, REF, native=False)


def test_whoever_drew_on_a_copy_is_no_second_pair_of_eyes(seen: Office) -> None:
    """Nor whoever only took something back, though somebody else made the copy."""
    operator = as_user(seen, "operator")
    one = correct(operator, REF, only(seen), WINDOW, WHY)
    uncorrect(seen, REF, only(seen), one.id, "it was a mirror after all")
    rendered(operator)
    with pytest.raises(NotPermitted, match="four eyes"):
        approve(seen, REF, native=False, watched=True)
    approved(seen)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(Drawing.HIDE, 0, 9), "from 1 to"),
        (Wish(Drawing.HIDE, 0, 9, ((0, (0, 0, 9, 9)), (0, (1, 1, 9, 9)))), "each once"),
        (Wish(Drawing.HIDE, 0, 9, ((0, (400, 0, 500, 9)),)), "is not in the picture"),
        (Wish(Drawing.HIDE, 0, 9, ((0, (9, 9, 9, 20)),)), "is not in the picture"),
        (Wish(Drawing.HIDE, 0, 9, ((50, (0, 0, 9, 9)),)), "is not in the picture"),
        (Wish(Drawing.HIDE, 9, 3, ((0, (0, 0, 9, 9)),)), "Frames 9 to 3"),
        (Wish(Drawing.HIDE, 0, 50, ((0, (0, 0, 9, 9)),)), "which has 50"),
        (Wish(Drawing.NOBODY, 0, 9, subject="s999"), "There is no subject s999"),
        (Wish(Drawing.EXTEND, 0, 9), "without a name"),
        (Wish(Drawing.MUTE, times=(Fraction(1), Fraction(1))), "a later one"),
        (Wish(Drawing.MUTE, times=(Fraction(9), Fraction(10))), "outside the clip"),
        (Wish(Drawing.MUTE), "a later one"),
    ],
)
def test_what_cannot_be_drawn_is_not_recorded(seen: Office, wish: Wish, said: str) -> None:
    """It is said what is wrong with it."""
    with pytest.raises(UsageProblem, match=said):
        correct(seen, REF, only(seen), wish, WHY)
    with pytest.raises(UsageProblem, match="recorded with its reason"):
        correct(seen, REF, only(seen), WINDOW, "because")
    assert seen.register.events(kinds=(EventKind.CORRECTED,)) == []


def test_of_who_is_shown_no_mask_is_taken_away_nor_goes_on(ruled: Office) -> None:
    """There is none."""
    (shown,) = present(ruled, REF, only(ruled)).rulings
    for what in (Drawing.NOBODY, Drawing.EXTEND):
        with pytest.raises(UsageProblem, match="is to be visible"):
            correct(ruled, REF, only(ruled), Wish(what, 0, 9, subject=shown.subject), WHY)


def test_the_same_is_not_drawn_twice(seen: Office) -> None:
    """Pressed again by mistake it is refused; taken back it can be drawn anew."""
    one = correct(seen, REF, only(seen), WINDOW, WHY)
    with pytest.raises(UsageProblem, match="drawn already: a region hidden, frames 10 to 19"):
        correct(seen, REF, only(seen), WINDOW, "once more the window")
    uncorrect(seen, REF, only(seen), one.id, "it was a mirror after all")
    correct(seen, REF, only(seen), WINDOW, WHY)


def test_whoever_may_not_decide_does_not_draw(seen: Office) -> None:
    """It is on record; and once the request is closed nobody does."""
    with pytest.raises(NotPermitted, match="may not decide"):
        correct(as_user(seen, "approver"), REF, only(seen), WINDOW, WHY)
    with pytest.raises(NotPermitted, match="may not decide"):
        uncorrect(as_user(seen, "approver"), REF, only(seen), "0" * 32, WHY)
    close_request(seen, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted, match="was closed"):
        correct(seen, REF, only(seen), WINDOW, WHY)
    assert len(denied(seen)) == 3


def test_a_correction_is_taken_back_once(seen: Office) -> None:
    """By whoever comes first; one that is not there cannot be."""
    one = correct(seen, REF, only(seen), WINDOW, WHY)
    uncorrect(as_user(seen, "reviewer"), REF, only(seen), one.id, "it was a mirror after all")
    with pytest.raises(ChangedMeanwhile, match="taken back already"):
        uncorrect(seen, REF, only(seen), one.id, "it was a mirror after all")
    with pytest.raises(UsageProblem, match="There is no correction"):
        uncorrect(seen, REF, only(seen), "f" * 32, "it was a mirror after all")
    assert len(seen.register.events(kinds=(EventKind.UNCORRECTED,))) == 1


def test_two_who_change_the_same_do_not_overwrite_each_other(seen: Office) -> None:
    """Whoever looked before that is told who did, and nothing is recorded; of everybody else it is no matter."""
    walks, stands = subjects(seen)
    looked = Since(revision(seen, REF, only(seen)))
    other = as_user(seen, "reviewer")
    decide(other, REF, only(seen), [stands], SHOW, since=looked)
    with pytest.raises(ChangedMeanwhile, match=r"C\. Example changed what is decided on"):
        correct(seen, REF, only(seen), Wish(Drawing.NOBODY, 0, 9, subject=stands), WHY, since=looked)
    with pytest.raises(ChangedMeanwhile, match=r"C\. Example"):
        decide(seen, REF, only(seen), [stands], SHOW, since=looked)
    decide(seen, REF, only(seen), [walks], replace(SHOW, name=""), since=looked)
    assert len(seen.register.events(kinds=(EventKind.DECIDED,))) == 2


def test_a_change_that_is_sent_twice_is_made_once(seen: Office) -> None:
    """The answer got lost, and it was sent again under its name."""
    since = Since(revision(seen, REF, only(seen)), "a" * 32)
    one = correct(seen, REF, only(seen), WINDOW, WHY, since=since)
    assert correct(seen, REF, only(seen), WINDOW, WHY, since=since) == one
    assert one.id == "a" * 32
    walks = next(iter(subjects(seen)))
    since = Since(revision(seen, REF, only(seen)), "b" * 32)
    rulings = [decide(seen, REF, only(seen), [walks], SHOW, since=since) for _ in range(2)]
    assert rulings[0] == rulings[1]
    assert len(seen.register.events(kinds=(EventKind.DECIDED, EventKind.CORRECTED))) == 2
    with pytest.raises(UsageProblem, match="32 hex"):
        correct(seen, REF, only(seen), WINDOW, WHY, since=Since(0, "x"))


def test_the_record_replayed_gives_the_same(seen: Office) -> None:
    """What is drawn, and what was taken back, stands in the ledger alone."""
    one = correct(seen, REF, only(seen), WINDOW, WHY)
    correct(seen, REF, only(seen), Wish(Drawing.HIDE, None, None, ((0, WALL),)), "the clock")
    uncorrect(seen, REF, only(seen), one.id, "it was a mirror after all")
    before = drawn_on(seen)
    with seen.from_ledger() as sure:
        assert drawn_on(sure) == before
        assert np.array_equal(plan_of(sure).xyxy, plan_of(seen).xyxy)
    assert seen.register.differences(seen.ledger.entries()) == []
