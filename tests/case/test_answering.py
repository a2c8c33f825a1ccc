"""The same person? An answer is a decision, or is remembered; either way it is not asked again."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cases import QUICK, REF, SHOW, as_user, attached, only
from meeting import Meeting, meeting

from redact.case.answering import answer, asking
from redact.case.copies import How, render_copy
from redact.case.deciding import Choice, by_subject, decide, undecide
from redact.case.footage import scan_clip
from redact.case.planning import plan_now, present
from redact.case.sheet import subject_page
from redact.case.since import Since, revision
from redact.detect.survey import Survey
from redact.errors import ChangedMeanwhile, NotPermitted, UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.rules.grounds import Ground
from redact.records.kinds import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from redact.case.answering import Asking
    from redact.case.deciding import Ruling
    from redact.governance.office import Office

pytest_plugins = ("stages",)

WHY = "to find the requester"
HIDE = Choice(Verdict.HIDDEN, Ground.NOT_REASONABLE, "somebody else, it turns out")
NAMELESS = replace(SHOW, name="")


@pytest.fixture(scope="module")
def clip_of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds in which two who look alike meet."""
    return meeting(tmp_path_factory.mktemp("meeting") / "cam4.mp4")


@pytest.fixture
def lost(office: Office, clip_of_two: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A case in whose clip it is not certain who is who."""
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it finds them by place, whichever way they are shown
    attached(office, clip_of_two)
    scan_clip(office, REF, only(office), [Meeting()])
    return office


def asked(office: Office) -> list[Asking]:
    """Give what is asked and not answered yet."""
    return [one for one in asking(office, present(office, REF, only(office))) if one.answered is None]


def shown(office: Office, choice: Choice = SHOW) -> Asking:
    """Show whoever is seen first of those who are asked about, and give the question that matters then."""
    first, *_ = asked(office)
    decide(office, REF, only(office), [first.before.subject], choice)
    question, *_ = asked(office)
    assert question.matters
    return question


def rulings(office: Office) -> dict[str, Ruling]:
    """Give the ruling on everyone, by id."""
    stands = present(office, REF, only(office))
    return by_subject(stands.known.scan.clip, stands.known.people, stands.rulings)


def sentences(office: Office) -> list[str]:
    """Give what whoever decides is told."""
    return [doubt.sentence for doubt in plan_now(present(office, REF, only(office))).doubts]


def test_before_anybody_is_shown_no_answer_matters_to_a_copy(lost: Office) -> None:
    """What may be one person is asked all the same: two moments, the earlier first, with a place each."""
    questions = asked(lost)
    assert questions
    for one in questions:
        assert (one.matters, one.kind, one.sentence) == (False, "same", "")
        assert one.before.frame < one.after.frame
        assert one.before.subject != one.after.subject


def test_once_somebody_is_shown_what_would_show_them_longer_comes_first(lost: Office) -> None:
    """With the sentence that the command says."""
    first = shown(lost)
    assert first.sentence in sentences(lost)
    assert first.before.subject in rulings(lost)


def test_yes_shows_them_as_one_person(lost: Office) -> None:
    """Under the name and on the ground of who was shown; the plan hides them no more; it is not asked again."""
    first = shown(lost)
    before = len(plan_now(present(lost, REF, only(lost))).plan.xyxy)
    assert answer(lost, REF, only(lost), first.id, same=True) == (first.after.subject,)
    now = rulings(lost)[first.after.subject]
    assert (now.verdict, now.ground, now.name) == (Verdict.VISIBLE, SHOW.ground, SHOW.name)
    assert "told by two pictures" in now.reason
    assert len(plan_now(present(lost, REF, only(lost))).plan.xyxy) < before
    assert first.id not in [one.id for one in asked(lost)]


def test_yes_gives_whoever_has_no_name_one_for_both(lost: Office) -> None:
    """Else they would be two people who are both shown, and asked about for ever."""
    first = shown(lost, NAMELESS)
    answer(lost, REF, only(lost), first.id, same=True)
    names = {rulings(lost)[one].name for one in (first.before.subject, first.after.subject)}
    assert names == {first.before.subject}
    assert len({point.name for point in present(lost, REF, only(lost)).request.keep}) == 1


def test_whoever_has_no_name_is_one_person_with_what_the_command_adds(lost: Office) -> None:
    """Typed as it is told: else what is added would be somebody else, shown of their own, and asked about for ever."""
    first = shown(lost, NAMELESS)
    typed = shlex.split(re.findall(r"redact decide (.+?)\.(?: If it is|$)", first.sentence)[0])
    points = [text for text in typed if "@" in text]
    decide(lost, REF, only(lost), points, replace(SHOW, name=typed[-1]))
    assert len(rulings(lost)) == 2
    assert {point.name for point in present(lost, REF, only(lost)).request.keep} == {"person 1"}
    assert {one.name for one in rulings(lost).values()} == {first.before.subject}


def test_no_is_remembered_and_not_asked_again(lost: Office) -> None:
    """Neither here, nor on the page of subjects, nor told of when a copy is made."""
    first = shown(lost)
    page, _ = subject_page(lost, REF, only(lost), WHY)
    questions = page.read_text().count("Question ")
    assert answer(lost, REF, only(lost), first.id, same=False) == ()
    assert first.id not in [one.id for one in asked(lost)]
    page, _ = subject_page(lost, REF, only(lost), WHY)
    assert page.read_text().count("Question ") < questions
    assert first.sentence not in sentences(lost)
    made = render_copy(lost, REF, only(lost), How({"motion": "ignore", **QUICK}), [Meeting()])
    assert first.sentence not in " ".join(made.warnings)


def test_an_answer_can_be_changed(lost: Office) -> None:
    """From no to yes they are shown; back to no that decision is taken back, and nothing else."""
    first = shown(lost)
    clip = only(lost)
    answer(lost, REF, clip, first.id, same=False)
    assert answer(lost, REF, clip, first.id, same=True) == (first.after.subject,)
    assert rulings(lost)[first.after.subject].verdict is Verdict.VISIBLE
    assert answer(lost, REF, clip, first.id, same=False) == (first.after.subject,)
    assert first.after.subject not in rulings(lost)
    assert rulings(lost)[first.before.subject].verdict is Verdict.VISIBLE


def test_answered_before_anybody_is_shown_both_are_shown_at_once(lost: Office) -> None:
    """A yes is remembered: whoever is named then brings the other along, under one name."""
    first, *_ = asked(lost)
    assert answer(lost, REF, only(lost), first.id, same=True) == ()
    assert rulings(lost) == {}
    decide(lost, REF, only(lost), [first.before.subject], NAMELESS)
    both = {first.before.subject, first.after.subject}
    assert set(rulings(lost)) == both
    assert {one.name for one in rulings(lost).values()} == {first.before.subject}


def verdicts(office: Office) -> set[str]:
    """Give what is decided on those on whom anything is."""
    return {ruling.verdict.value for ruling in rulings(office).values()}


@pytest.mark.parametrize("before", [False, True])
def test_whoever_is_not_shown_any_more_is_shown_in_no_part(lost: Office, before: bool) -> None:
    """Answered BEFORE or after: hidden, or taken back, or not the same after all, the other part is hidden as well."""
    clip = only(lost)
    one = asked(lost)[0].before.subject
    if before:
        answer(lost, REF, clip, asked(lost)[0].id, same=True)
    decide(lost, REF, clip, [one], SHOW)
    if not before:
        answer(lost, REF, clip, asked(lost)[0].id, same=True)
    assert (len(rulings(lost)), verdicts(lost)) == (2, {"visible"})
    decide(lost, REF, clip, [one], HIDE)
    assert (len(rulings(lost)), verdicts(lost)) == (2, {"hidden"})
    undecide(lost, REF, clip, [one])
    assert (len(rulings(lost)), verdicts(lost)) == (2, {"visible"})
    undecide(lost, REF, clip, [one])
    assert rulings(lost) == {}


def test_a_no_takes_back_all_that_rested_on_the_yes(lost: Office) -> None:
    """However often they were shown, and hidden in between."""
    clip = only(lost)
    question, *_ = asked(lost)
    answer(lost, REF, clip, question.id, same=True)
    one, other = question.before.subject, question.after.subject
    for choice in (SHOW, SHOW, HIDE, SHOW):
        decide(lost, REF, clip, [one], choice)
    answer(lost, REF, clip, question.id, same=False)
    now = rulings(lost)
    assert now[one].verdict is Verdict.VISIBLE
    assert other not in now or now[other].verdict is Verdict.HIDDEN


def test_two_who_are_there_at_once_are_not_one_person(lost: Office) -> None:
    """A decision that would say so is refused and not recorded; so is a yes, and what cannot be so is not asked."""
    everyone = present(lost, REF, only(lost)).known.listed
    at_once = [one.subject.id for one in everyone if one.subject.first <= 8 <= one.subject.last and one.point]
    assert len(at_once) == 2
    with pytest.raises(UsageProblem, match="both are in the picture at once"):
        decide(lost, REF, only(lost), at_once, SHOW)
    decide(lost, REF, only(lost), at_once[:1], SHOW)
    with pytest.raises(UsageProblem, match="both are in the picture at once"):
        decide(lost, REF, only(lost), at_once[1:], SHOW)
    assert len(lost.register.events(kinds=(EventKind.DECIDED,))) == 1
    assert plan_now(present(lost, REF, only(lost))).plan.frames == (0, 100)


def test_every_yes_in_a_row_leaves_a_plan(lost: Office) -> None:
    """Whoever says yes to all that is asked gets no contradiction: what cannot be so any more is asked no more."""
    shown(lost)
    for _ in range(20):
        left = [one for one in asked(lost) if one.matters]
        if not left:
            break
        answer(lost, REF, only(lost), left[0].id, same=True)
        plan_now(present(lost, REF, only(lost)))
    assert not [one for one in asked(lost) if one.matters]


def test_two_who_answer_do_not_overwrite_each_other(lost: Office) -> None:
    """The second is told of the first; a change that is sent twice is made once."""
    first = shown(lost)
    looked = revision(lost, REF, only(lost))
    answer(as_user(lost, "reviewer"), REF, only(lost), first.id, same=False, since=Since(looked))
    with pytest.raises(ChangedMeanwhile, match=r"C\. Example"):
        answer(lost, REF, only(lost), first.id, same=True, since=Since(looked, "d" * 32))
    since = Since(revision(lost, REF, only(lost)), "e" * 32)
    for _ in range(2):
        answer(lost, REF, only(lost), first.id, same=True, since=since)
    assert len(lost.register.events(kinds=(EventKind.ANSWERED,))) == 2


def test_what_is_not_asked_is_not_answered(lost: Office) -> None:
    """And nobody answers who may not decide."""
    with pytest.raises(UsageProblem, match="not asked any more"):
        answer(lost, REF, only(lost), "0" * 16, same=True)
    first, *_ = asked(lost)
    with pytest.raises(NotPermitted, match="may not decide"):
        answer(as_user(lost, "approver"), REF, only(lost), first.id, same=True)
    assert lost.register.events(kinds=(EventKind.ANSWERED,)) == []


def test_the_record_replayed_gives_the_same_answers(lost: Office) -> None:
    """From the ledger alone."""
    first = shown(lost)
    answer(lost, REF, only(lost), first.id, same=True)
    with lost.from_ledger() as sure:
        assert rulings(sure) == rulings(lost)
        assert [one.id for one in asked(sure)] == [one.id for one in asked(lost)]
