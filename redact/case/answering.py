"""The same person? What the program cannot tell is asked, with two pictures, and an answer is remembered.

A yes is a decision: both are one person, under the name and on the ground of the one who is shown already. A no keeps
them apart for good: it is asked no more, neither here nor by the page of subjects, nor told of when a copy is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from redact.case.answered import COVERED, SAME, answers, linked, one_with, yeses
from redact.case.deciding import (
    Choice,
    Target,
    by_subject,
    deciding,
    decision_facts,
    fault,
    of_names,
    standing,
)
from redact.case.planning import plan_now, present
from redact.case.since import ALWAYS
from redact.decide.points import moment
from redact.errors import UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.records.kinds import Verdict
from redact.report.subject_sheet import Moment, likeliest, seen_at
from redact.request.model import Keep, format_time, parse_time
from redact.track.listing import told_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.case.deciding import Ruling
    from redact.case.known import Known
    from redact.case.planning import Present
    from redact.case.since import Since
    from redact.decide.wording import Doubt, Pointer
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.track.listing import Open

__all__ = ["Asking", "answer", "asking"]

SHORT = 16
"""Hex digits of a question's id."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One question."""

    id: str
    kind: str
    """SAME or COVERED."""
    before: Moment
    """The one, where it is seen last; of what covers somebody, that person."""
    after: Moment
    """The other, where it is seen first; of what covers somebody, the place where it does."""
    matters: bool
    """Whether a yes shows somebody for longer: one of the two is to be visible."""
    sentence: str = ""
    """When and why whoever is shown is hidden; empty where it does not matter."""
    name: str | None = None
    """Of whoever is shown, as the copy knows them."""
    point: tuple[int, int] | None = None
    """Where the other of the two is pointed at, if the answer is yes."""
    answered: bool | None = None
    """What was answered last; None where nobody did."""


def asking(office: Office, stands: Present) -> tuple[Asking, ...]:
    """Give what is asked of a clip as it STANDS: first what matters to a copy, each in order of time; then the rest.

    What was answered comes last, so that whoever erred can say otherwise.
    """
    said = answers(office, stands.reference, stands.clip, stands.known.sha256)
    asked, pairs = _asked(stands), {(one["before"], one["after"]) for one in said.values() if one["kind"] == SAME}
    for link in stands.known.people.open:
        if (link.before, link.after) in pairs:
            asked.setdefault(_name(stands.known, SAME, link.before, link.after), _of_link(stands.known, link))
    same = yeses(said)
    every = [
        replace(one, answered=said[one.id]["same"] if one.id in said else None)
        for one in asked.values()
        if one.id in said or _fault(stands, one, same) is None
    ]
    every.sort(key=lambda one: (one.answered is not None, not one.matters, one.before.frame, one.after.frame))
    return tuple(every)


def answer(
    office: Office, reference: str, clip: ClipRow, name: str, *, same: bool, since: Since = ALWAYS
) -> tuple[str, ...]:
    """Record the answer to the question called NAME of CLIP for the request REFERENCE: they are the SAME, or not.

    Gives the subjects of whom something else is decided by it. Raises NotPermitted, UsageProblem where that is not
    asked, or ChangedMeanwhile.
    """
    office.permit(Action.DECIDE, reference)
    with deciding(office, reference, clip) as there:
        if since.done(office, reference, clip, EventKind.ANSWERED, {"question": name, "same": same}):
            return ()
        stands = present(office, reference, clip)
        question = _called(office, stands, name)
        pair = (question.before.subject, question.after.subject)
        since.check(office, reference, clip, set(pair))
        if same:  # asked anew, where it was answered otherwise before: then it may matter
            question = _asked(replace(stands, apart=stands.apart - {pair})).get(name, question)
            wrong = _fault(stands, question, yeses(answers(office, reference, clip, there.sha256)))
            if wrong is not None:
                raise wrong
        facts = {"question": question.id, "kind": question.kind, "before": pair[0], "after": pair[1], "same": same}
        events = since.events(office, EventKind.ANSWERED, reference, clip, [facts | {"scan": there.sha256}])
        kind = EventKind.DECIDED if same else EventKind.UNDECIDED
        changes = list(_decided(stands, question) if same else _undone(office, stands, question))
        about: dict[str, Any] = {"reference": reference, "clip": clip.sha256}
        events += [office.event(kind, data=one, **about) for one in changes]
        office.record(*events)
    return tuple(one["subject"] for one in changes)


def _called(office: Office, stands: Present, name: str) -> Asking:
    """Find the question called NAME of a clip as it STANDS. Raises UsageProblem where there is none."""
    for question in asking(office, stands):
        if question.id == name:
            return question
    message = "That is not asked any more: it was answered, or somebody decided otherwise."
    raise UsageProblem(message, "Look at what is asked now.")


def _asked(stands: Present) -> dict[str, Asking]:
    """Give what is asked of a clip as it STANDS, by name, whether it was answered or not."""
    asked: dict[str, Asking] = {}
    for doubt in plan_now(stands).doubts:
        for pointer in doubt.pointers:
            for question in _of_doubt(stands, doubt, pointer):
                asked.setdefault(question.id, question)
    decided = by_subject(stands.known.scan.clip, stands.known.people, stands.rulings)
    for link in likeliest(told_apart(stands.known.people, stands.apart)):
        if not _one_name(decided.get(link.before), decided.get(link.after)):
            question = _of_link(stands.known, link)
            asked.setdefault(question.id, question)
    return asked


def _fault(stands: Present, question: Asking, same: Sequence[tuple[str, str]]) -> UsageProblem | None:
    """Say why the answer to QUESTION cannot be yes, by what is decided, and who are the SAME: two there at once."""
    there, keep = stands.known, stands.request.keep
    if question.matters and question.point is not None:
        other = _other(stands, question)
        at = parse_time(moment(there.scan.clip, other.frame))
        keep = (*keep, Keep(at=at, point=question.point, name=question.name))
    else:
        pair = (question.before.subject, question.after.subject)
        one = one_with(same, pair)
        entries = [there.described(there.number[subject]) for subject in one] if len(one) > len(pair) else []
        keep = tuple(Keep(at=parse_time(entry.at), point=entry.point) for entry in entries if entry.point)
    return fault(there, keep)


def _other(stands: Present, question: Asking) -> Moment:
    """Give whichever of the two of QUESTION is not shown yet."""
    shown = question.kind != COVERED and question.before.subject not in _members(stands, question.name)
    return question.before if shown else question.after


def _one_name(one: Ruling | None, other: Ruling | None) -> bool:
    """Tell whether two subjects are decided on as one person already, or as two who both hide."""
    if one is None or other is None:
        return False
    return one is other or (bool(one.name) and one.name == other.name)


def _of_doubt(stands: Present, doubt: Doubt, pointer: Pointer) -> Iterator[Asking]:
    """Ask whether whoever is at POINTER is the one of whom there is a DOUBT, or nobody else is."""
    there, subject = stands.known, stands.known.people.subjects[pointer.subject].id
    spot, mine = seen_at(there.scan.clip, there.people, subject, pointer.frame), _members(stands, doubt.name)
    said: dict[str, Any] = {"sentence": doubt.sentence, "name": doubt.name, "point": pointer.point}
    if doubt.covered and mine:
        person = _shown(there, mine[0])
        name = _name(there, COVERED, person.subject, f"{subject}@{spot.frame}")
        yield Asking(name, COVERED, person, spot, matters=True, **said)
    for link in () if doubt.covered else there.people.open:
        if subject in {link.before, link.after} and {link.before, link.after} & set(mine):
            one = _of_link(there, link)
            before, after = (one.before, spot) if link.after == subject else (spot, one.after)
            yield Asking(one.id, SAME, before, after, matters=True, **said)
            return


def _of_link(there: Known, link: Open) -> Asking:
    """Ask whether the two of LINK are one."""
    clip, people = there.scan.clip, there.people
    before, after = seen_at(clip, people, link.before, link.last), seen_at(clip, people, link.after, link.first)
    return Asking(_name(there, SAME, link.before, link.after), SAME, before, after, matters=False)


def _name(there: Known, kind: str, before: str, after: str) -> str:
    """Name a question: the same one has the same name for as long as the scan is the same."""
    return sha256_bytes(canonical_json([there.sha256, kind, before, after]))[:SHORT]


def _members(stands: Present, name: str | None) -> list[str]:
    """Give the subjects who are the person of NAME, as `seeds` calls them."""
    rulings = of_names(stands.rulings).get(name, [])
    decided = by_subject(stands.known.scan.clip, stands.known.people, stands.rulings)
    return sorted(subject for subject, ruling in decided.items() if ruling in rulings)


def _shown(there: Known, subject: str) -> Moment:
    """Give SUBJECT where it shows best."""
    entry = there.described(there.number[subject])
    return Moment(subject, entry.frame, entry.place, entry.at)


def _undone(office: Office, stands: Present, question: Asking) -> Iterator[dict[str, Any]]:
    """Give what takes back every decision that shows somebody because of an earlier yes to QUESTION."""
    scan = stands.known.sha256
    for subject, events in standing(office, stands.reference, stands.clip, scan).items():
        for event in events:
            whom = str(event.data.get("of", ""))
            rests = event.data.get("question") == question.id or (
                whom and subject not in linked(office, stands.reference, stands.clip, scan, [whom], question.id)
            )
            if rests and event.data["verdict"] == Verdict.VISIBLE:
                yield {"subject": subject, "scan": scan, "decision": event.id}


def _decided(stands: Present, question: Asking) -> Iterator[dict[str, Any]]:
    """Give the decisions that a yes to QUESTION comes to: both are one person, under one name, and shown as one."""
    if not question.matters or question.point is None:
        return
    there = stands.known
    (ruling, *_) = of_names(stands.rulings)[question.name]
    other = _other(stands, question)
    told = "nobody else is seen there" if question.kind == COVERED else f"the same person as {ruling.subject}"
    choice = Choice(Verdict.VISIBLE, ruling.ground, f"{told}: told by two pictures", ruling.name or ruling.subject)
    if not ruling.name:  # what is decided without a name is somebody else: both are given one
        last = ruling.points[-1]
        first = Target(ruling.subject, ruling.tracks, format_time(last.at), last.point)
        yield decision_facts(there.sha256, Choice(choice.verdict, choice.ground, ruling.reason, choice.name), first)
    subject = there.people.subjects[there.number[other.subject]]
    at = moment(there.scan.clip, other.frame)
    facts = decision_facts(there.sha256, choice, Target(subject.id, subject.tracks, at, question.point))
    yield facts | {"question": question.id}
