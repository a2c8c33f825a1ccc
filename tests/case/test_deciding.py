"""Decisions on who is visible: the last word counts, no name leaves, and whoever is not decided on stays hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from cases import REF, SHOW, as_user, decided, denied, only, rendered
from corridor import RedSquare, places

from redact.case.deciding import Choice, decide, digest_of, rulings, seeds, wording
from redact.case.footage import scan_clip, scanned
from redact.case.steps import close_request
from redact.errors import NotPermitted, UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.rules.grounds import Ground
from redact.records.kinds import Standing, Verdict
from redact.records.tracks import Detections
from redact.report.subject_sheet import listed
from redact.request.model import format_time
from redact.track.people import people

if TYPE_CHECKING:
    from redact.case.deciding import Ruling
    from redact.governance.office import Office
    from redact.records.tracks import FrameBatch

pytest_plugins = ("stages",)

WALKS, STANDS = "00:00.4@70,90", "00:00.4@270,170"
HIDE = Choice(Verdict.HIDDEN, Ground.REFUSED_CONSENT, "asked on 3 March, said no")


def ruled_on(office: Office) -> tuple[Ruling, ...]:
    """Give the last words on everyone."""
    _, scan = scanned(office, REF, only(office))
    return rulings(office, REF, only(office), scan)


def test_whoever_is_pointed_at_or_named_by_id_is_the_same(seen: Office) -> None:
    """A point names the subject whom the list shows there."""
    found, _ = scanned(seen, REF, only(seen))
    everyone = [one.subject.id for one in listed(found.clip, people(found))]
    (by_point,) = decide(seen, REF, only(seen), [WALKS], SHOW)
    assert by_point.subject in everyone
    (by_id,) = decide(seen, REF, only(seen), [by_point.subject.upper()], SHOW)
    assert (by_id.subject, by_id.tracks) == (by_point.subject, by_point.tracks)


def test_nobody_is_decided_on_at_first(seen: Office) -> None:
    """So nobody is visible."""
    assert ruled_on(seen) == ()
    assert seeds(()) == ()


def test_hidden_after_visible_hides_again(ruled: Office) -> None:
    """The last word wins; every point of before is forgotten, also when they are shown once more."""
    (shown,) = ruled_on(ruled)
    assert len(seeds([shown])) == 1
    decide(ruled, REF, only(ruled), [shown.subject], HIDE)
    (hidden,) = ruled_on(ruled)
    assert (hidden.verdict, seeds([hidden])) == (Verdict.HIDDEN, ())
    decide(ruled, REF, only(ruled), ["00:01@100,90"], SHOW)
    (again,) = ruled_on(ruled)
    assert [str(point.at) for point in again.points] == ["1"]


def test_points_at_one_subject_add_up(ruled: Office) -> None:
    """Where a person was lost and pointed at anew, the first point still names them before; one given twice is one."""
    decide(ruled, REF, only(ruled), ["00:01@100,90", WALKS], SHOW)
    (shown,) = ruled_on(ruled)
    assert [(str(point.at), point.point) for point in shown.points] == [("2/5", (70, 90)), ("1", (100, 90))]
    assert [point.name for point in seeds([shown])] == ["person 1", "person 1"]


def test_subjects_of_one_name_are_one_person_and_others_are_not(seen: Office) -> None:
    """A name that is another subject's id joins nobody; two who are there at once are never one."""
    (walks,) = decide(seen, REF, only(seen), [WALKS], replace(SHOW, name=""))
    decide(seen, REF, only(seen), [STANDS], replace(SHOW, name=f"{walks.subject}"))
    assert {point.name for point in seeds(ruled_on(seen))} == {"person 1", "person 2"}
    decide(seen, REF, only(seen), [WALKS], replace(SHOW, name=" Jo   Doe "))
    with pytest.raises(UsageProblem, match="both are in the picture at once"):
        decide(seen, REF, only(seen), [STANDS], replace(SHOW, name="Jo Doe"))
    assert {ruling.name for ruling in ruled_on(seen)} == {"Jo Doe", walks.subject}


def test_who_said_it_and_why_does_not_change_a_copy(ruled: Office) -> None:
    """The digest is of who is visible alone."""
    before = digest_of(ruled_on(ruled))
    decide(as_user(ruled, "reviewer"), REF, only(ruled), [WALKS], replace(SHOW, reason="seen again in the hall"))
    assert digest_of(ruled_on(ruled)) == before
    decide(ruled, REF, only(ruled), [STANDS], HIDE)
    assert digest_of(ruled_on(ruled)) != before


def test_decisions_of_another_scan_do_not_count(ruled: Office) -> None:
    """Another scan may number people otherwise; everyone is hidden until somebody decides anew."""
    assert rulings(ruled, REF, only(ruled), "0" * 64) == ()


def test_no_name_leaves(ruled: Office) -> None:
    """Neither the manifest nor the report of a copy has the name that somebody gave, nor the reason."""
    made = rendered(ruled)
    assert made.manifest is not None
    for path in (made.manifest, made.report, made.copy):
        data = path.read_bytes()
        assert b"requester" not in data, path
        assert b"known to staff" not in data, path
    assert b"person 1" in made.manifest.read_bytes()


@pytest.mark.parametrize(
    ("who", "choice", "said"),
    [
        ("s999", SHOW, "There is no subject s999"),
        ("00:00.4@5,5", SHOW, "Nobody was found at 5, 5"),
        ("00:09@5,5", SHOW, "00:09"),
        ("00:00.4@a,b", SHOW, "cannot be read"),
        ("", SHOW, "There is no subject"),
        (WALKS, replace(SHOW, reason="because"), "recorded with its reason"),
        (WALKS, replace(SHOW, ground=Ground.CONFIDENTIAL), "is not one for visible"),
        (WALKS, replace(SHOW, name="n" * 61), "up to 60"),
        (WALKS, replace(SHOW, name="a\u202eb"), "printable"),
    ],
)
def test_a_decision_that_cannot_be_is_not_recorded(seen: Office, who: str, choice: Choice, said: str) -> None:
    """Neither it nor what was decided in the same breath."""
    with pytest.raises(UsageProblem, match=said):
        decide(seen, REF, only(seen), [WALKS, who], choice)
    assert seen.register.events(kinds=(EventKind.DECIDED,)) == []


class Flicker(RedSquare):
    """Finds squares of red cloth; and for a moment something on the wall, of which it is not sure, that moves."""

    name, digest = "flicker", "f" * 64

    def __call__(self, batch: FrameBatch) -> Detections:
        """The squares, and the weak box."""
        found, weak = super().__call__(batch), [index for index in batch.index.tolist() if 20 <= index < 32]
        boxes = [(20 + 8 * index, 4, 44 + 8 * index, 52) for index in weak]
        more = Detections(
            np.array(weak, np.int32),
            np.array(boxes, np.float32).reshape(-1, 4),
            np.full(len(weak), 0.3, np.float32),
            np.zeros(len(weak), np.uint8),
        )
        return Detections.concat([found, more])


def test_what_is_unclear_is_never_decided_visible(seen: Office) -> None:
    """Neither by its id nor by a point; hidden it may be, as it is anyway."""
    scan_clip(seen, REF, only(seen), [Flicker()])
    found, _ = scanned(seen, REF, only(seen))
    everyone = listed(found.clip, people(found))
    (unclear,) = [one for one in everyone if one.subject.standing is Standing.UNCLEAR]
    left, top, right, bottom = unclear.place
    point = f"{unclear.at}@{(left + right) // 2},{(top + bottom) // 2}"
    with pytest.raises(UsageProblem, match=rf"{unclear.subject.id} is no person: it is all moments at which it cannot"):
        decide(seen, REF, only(seen), [WALKS, unclear.subject.id], SHOW)
    with pytest.raises(UsageProblem, match="cannot be told who is who"):
        decide(seen, REF, only(seen), [WALKS, point], SHOW)
    assert seen.register.events(kinds=(EventKind.DECIDED,)) == []
    (hidden,) = decide(seen, REF, only(seen), [unclear.subject.id], HIDE)
    assert (hidden.verdict, hidden.points) == (Verdict.HIDDEN, ())


def test_whoever_may_not_decide_is_refused_once(seen: Office) -> None:
    """It is on record with the rule, and the sentence names who may."""
    with pytest.raises(NotPermitted, match="may not decide who is visible") as refused:
        decide(as_user(seen, "approver"), REF, only(seen), [WALKS], SHOW)
    assert "role operator, reviewer or dpo" in str(refused.value)
    assert len(denied(seen)) == 1
    close_request(seen, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted, match="was closed"):
        decide(seen, REF, only(seen), [WALKS], SHOW)
    assert len(denied(seen)) == 2


def test_whoever_decides_is_told_the_command(seen: Office) -> None:
    """Of somebody who is hidden at times: who, by the name that was given, and what to type; a shell takes it."""
    decided(seen)
    decide(seen, REF, only(seen), [STANDS], replace(SHOW, name=""))
    known = {ruling.name: ruling for ruling in ruled_on(seen)}
    words = wording("SAR 7", only(seen), ruled_on(seen))
    named = {words.who(point.name): point.name for point in seeds(ruled_on(seen))}
    assert set(named) == {'The person named "requester"', f"Subject {known[''].subject}"}
    told = words.add("00:01.2", (70, 90), named['The person named "requester"'])
    assert told == (
        "decide so: redact decide 'SAR 7' 00:01.2@70,90 --clip cam4.mp4 --visible --ground data-subject "
        '--reason "…" --name requester'
    )
    nameless = known[""]
    told = words.add("00:01.2", (70, 90), named[f"Subject {nameless.subject}"])
    (seed,) = nameless.points
    both = f"{format_time(seed.at)}@{seed.x},{seed.y} 00:01.2@70,90"
    assert f"redact decide 'SAR 7' {both} --clip" in told
    assert told.endswith(f'--reason "…" --name {nameless.subject}')


def test_the_corridor_has_two_people() -> None:
    """What the points above rest on."""
    assert places(10) == [(50, 60), (250, 150)]
