"""Who stays visible in a case's clip: decisions on subjects, each with its ground, and the points they come to.

A decision is about a subject of one scan. Another scan may number people otherwise, so decisions of an earlier one no
longer count, and whoever they let through is hidden again until somebody decides anew.
"""

from __future__ import annotations

import shlex
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from redact.advice import Give, Given, Step, Task
from redact.case.answered import linked
from redact.case.asked import asked, still_open
from redact.case.folder import locked
from redact.case.footage import check_attached
from redact.case.justified import justified
from redact.case.known import known
from redact.case.since import ALWAYS
from redact.decide.decide import check_named
from redact.decide.points import named
from redact.decide.wording import Wording
from redact.errors import UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.governance.rules.grounds import Ground, check_ground
from redact.records.kinds import Standing, Verdict
from redact.request.model import Keep, format_time, parse_keep, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from redact.case.known import Known
    from redact.case.since import Since
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.records.clip import Clip
    from redact.request.choices import RequestKind
    from redact.track.listing import People

__all__ = [
    "Choice",
    "Ruling",
    "Target",
    "by_subject",
    "check_possible",
    "decide",
    "deciding",
    "decision_facts",
    "digest_of",
    "fault",
    "of_names",
    "rulings",
    "seeds",
    "standing",
    "taken_back",
    "undecide",
    "wording",
]

LONGEST_NAME = 60
"""Letters of a name, at most."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decides, of whichever subjects."""

    verdict: Verdict
    ground: Ground
    reason: str
    name: str = ""
    """Of the person; subjects under one name are one person who left the picture and came back."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The last word on one subject."""

    subject: str
    tracks: tuple[int, ...]
    verdict: Verdict
    ground: Ground
    reason: str
    name: str
    by: str
    at: str
    """ISO 8601, UTC."""
    points: tuple[Keep, ...]
    """What names whoever is visible: every point at which they were pointed at since they were hidden last."""


@dataclass(frozen=True, slots=True)
class Target:
    """A subject that a decision is about, and where it was pointed at."""

    subject: str
    tracks: tuple[int, ...]
    at: str
    point: tuple[int, int] | None
    of: str = ""
    """Subject of whom it was answered that they are this one, where the decision is on them."""


def decide(
    office: Office, reference: str, clip: ClipRow, who: Sequence[str], choice: Choice, *, since: Since = ALWAYS
) -> tuple[Ruling, ...]:
    """Record the CHOICE on WHO, subjects by id or points such as 00:12.4@640,360, of CLIP for the request REFERENCE.

    SINCE is when whoever decides looked. Raises NotPermitted, UsageProblem where a subject is not there or nobody can
    be pointed at, or ChangedMeanwhile.
    """
    office.permit(Action.DECIDE, reference)
    choice = _plain(choice, asked(office, reference).kind)
    with deciding(office, reference, clip) as there:
        targets = [_found(there, text, choice, reference) for text in dict.fromkeys(who)]
        targets, choice = _with_linked(office, reference, clip, there, targets, choice)
        said = {"verdict": choice.verdict.value, "ground": choice.ground.value}
        said |= {"subject": targets[0].subject} if targets else {}
        if not since.done(office, reference, clip, EventKind.DECIDED, said):
            since.check(office, reference, clip, {target.subject for target in targets})
            facts = [decision_facts(there.sha256, choice, target) for target in targets]
            events = since.events(office, EventKind.DECIDED, reference, clip, facts)
            check_possible(office, reference, clip, there, events)
            office.record(*events)
    ruled = {ruling.subject: ruling for ruling in rulings(office, reference, clip, there.sha256)}
    return tuple(ruled[subject] for subject in dict.fromkeys(target.subject for target in targets) if subject in ruled)


def check_possible(office: Office, reference: str, clip: ClipRow, there: Known, more: Sequence[Event]) -> None:
    """Raise UsageProblem where MORE decisions on CLIP would name two as one who are in the picture at once.

    No copy could be made with them. Where none could be made before, it is not their fault.
    """
    now = standing(office, reference, clip, there.sha256)
    then = {subject: [*events] for subject, events in now.items()}
    for event in more:
        if event.kind is EventKind.DECIDED:
            then.setdefault(event.data["subject"], []).append(event)
    if fault(there, seeds(_last_words(now))) is None and (found := fault(there, seeds(_last_words(then)))):
        raise found


def fault(there: Known, keep: Sequence[Keep]) -> UsageProblem | None:
    """Give what is wrong with those whom KEEP names; None where nothing is."""
    try:
        check_named(there.scan.clip, there.people, keep)
    except UsageProblem as problem:
        return problem
    return None


def undecide(
    office: Office, reference: str, clip: ClipRow, subjects: Sequence[str], *, since: Since = ALWAYS
) -> tuple[Ruling, ...]:
    """Take back the last decision on each of SUBJECTS, by id, of CLIP for the request REFERENCE; give those that count.

    What was decided before it holds again; without one they are hidden, as whoever is not decided on. The same becomes
    of whoever was decided on because they are the same person. Raises NotPermitted, UsageProblem where nothing was
    decided, or ChangedMeanwhile.
    """
    office.permit(Action.DECIDE, reference)
    with deciding(office, reference, clip) as there:
        if not since.done(office, reference, clip, EventKind.UNDECIDED, {"subject": next(iter(subjects), "")}):
            since.check(office, reference, clip, set(subjects))
            now = standing(office, reference, clip, there.sha256)
            more = _along(now, linked(office, reference, clip, there.sha256, subjects))
            facts = [taken_back(now, subject, there.sha256) for subject in dict.fromkeys([*subjects, *more])]
            office.record(*since.events(office, EventKind.UNDECIDED, reference, clip, facts))
    return rulings(office, reference, clip, there.sha256)


@contextmanager
def deciding(office: Office, reference: str, clip: ClipRow) -> Iterator[Known]:
    """Hold the case of REFERENCE, which is open, to decide on CLIP, and give who is in it. Refusals are recorded."""
    with office.refusals(reference):
        still_open(office, reference)
        with locked(office, reference):
            check_attached(still_open(office, reference), clip)
            yield known(office, reference, clip)


def rulings(office: Office, reference: str, clip: ClipRow, scan: str) -> tuple[Ruling, ...]:
    """Give the last word on every subject of SCAN, a digest, that was decided on, in the order of their ids."""
    return _last_words(standing(office, reference, clip, scan))


def of_names(some: Sequence[Ruling]) -> dict[str | None, list[Ruling]]:
    """Give for each name under which `seeds` puts whoever is visible the rulings of SOME that it stands for."""
    shown = [(ruling, point) for ruling in some if ruling.verdict is Verdict.VISIBLE for point in ruling.points]
    found: dict[str | None, list[Ruling]] = {}
    for (ruling, _), seed in zip(shown, seeds(some), strict=True):
        group = found.setdefault(seed.name, [])
        if ruling not in group:
            group.append(ruling)
    return found


def by_subject(clip: Clip, everyone: People, some: Sequence[Ruling]) -> dict[str, Ruling]:
    """Give the ruling on each subject of EVERYONE, by id: on whoever its points name, which no numbering changes."""
    decided: dict[str, Ruling] = {}
    for ruling in some:
        names = {ruling.subject} if not ruling.points else set[str]()
        for point in ruling.points:
            with suppress(UsageProblem):
                names.add(everyone.subjects[named(clip, everyone, point)].id)
        decided |= dict.fromkeys(names, ruling)
    return decided


def seeds(some: Iterable[Ruling]) -> tuple[Keep, ...]:
    """Give the points that name whoever SOME let through, without the names of people: the copy's manifest has them."""
    shown = [point for ruling in some if ruling.verdict is Verdict.VISIBLE for point in ruling.points]
    people = {name: number for number, name in enumerate(dict.fromkeys(point.name for point in shown), 1)}
    return tuple(point.model_copy(update={"name": f"person {people[point.name]}"}) for point in shown)


def wording(reference: str, clip: ClipRow, some: Sequence[Ruling]) -> Wording:
    """Give the words for whoever decided SOME of CLIP for REFERENCE, and is told that a person is hidden at times."""
    shown = [(ruling, point) for ruling in some if ruling.verdict is Verdict.VISIBLE for point in ruling.points]
    rulings_of = {seed.name: ruling for (ruling, _), seed in zip(shown, seeds(some), strict=True)}

    def who(name: str | None) -> str:
        ruling = rulings_of[name]
        return f'The person named "{ruling.name}"' if ruling.name else f"Subject {ruling.subject}"

    def add(at: str, point: tuple[int, int], name: str | None) -> str:
        ruling, points = rulings_of[name], [f"{at}@{point[0]},{point[1]}"]
        if not ruling.name:  # what is decided without a name is somebody else: both are given one
            points = [*(f"{format_time(seed.at)}@{seed.x},{seed.y}" for seed in ruling.points[-1:]), *points]
        where = f"redact decide {shlex.quote(reference)} {' '.join(points)} --clip {shlex.quote(clip.name)}"
        again = f"--name {shlex.quote(ruling.name or ruling.subject)}"
        return f'decide so: {where} --visible --ground {ruling.ground} --reason "…" {again}'

    return Wording(who, add)


def digest_of(some: Iterable[Ruling]) -> str:
    """Give the digest of what SOME say of who is visible; who said it and why does not change a copy."""
    verdicts = [
        [ruling.subject, ruling.verdict, [point.model_dump(mode="json") for point in ruling.points]] for ruling in some
    ]
    return sha256_bytes(canonical_json(verdicts))


def _plain(choice: Choice, kind: RequestKind) -> Choice:
    """Give CHOICE, of a request of KIND, reason and name in one line each. Raises UsageProblem where it is none."""
    check_ground(choice.ground, choice.verdict, kind)
    reason, name = justified(choice.reason), " ".join(choice.name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        message = f"A name has up to {LONGEST_NAME} printable characters, and this has {len(name)}."
        raise UsageProblem(message, "Give a shorter one with ", Given.NAME, ": it only has to tell people apart.")
    return replace(choice, reason=reason, name=name)


def standing(office: Office, reference: str, clip: ClipRow, scan: str) -> dict[str, list[Event]]:
    """Give what was decided on each subject of SCAN and not taken back, oldest first."""
    by_subject: dict[str, list[Event]] = {}
    kinds = (EventKind.DECIDED, EventKind.UNDECIDED)
    events = office.register.events(reference=reference, kinds=kinds, clip=clip.sha256)
    back = {event.data["decision"] for event in events if event.kind is EventKind.UNDECIDED}
    for event in events:
        if event.kind is EventKind.DECIDED and event.data["scan"] == scan and event.id not in back:
            by_subject.setdefault(event.data["subject"], []).append(event)
    return by_subject


def taken_back(made: Mapping[str, Sequence[Event]], subject: str, scan: str) -> dict[str, Any]:
    """Give what is recorded where the last decision on SUBJECT is taken back. Raises UsageProblem where none stands."""
    if subject not in made:
        message = f"Nothing was decided on {subject}, so there is nothing to take back."
        raise UsageProblem(message, "Whoever is not decided on is hidden.")
    return {"subject": subject, "scan": scan, "decision": made[subject][-1].id}


def _with_linked(  # noqa: PLR0917  whose answers count, and whom and what they are added to
    office: Office, reference: str, clip: ClipRow, there: Known, targets: list[Target], choice: Choice
) -> tuple[list[Target], Choice]:
    """Add to TARGETS those of whom it was answered that they are the same person, under one name for all."""
    named_first = dict.fromkeys(target.subject for target in targets)
    more = []
    for subject, whom in linked(office, reference, clip, there.sha256, named_first).items():
        if subject not in named_first:
            with suppress(UsageProblem):  # nobody can point at them apart from others: they stay hidden
                more.append(replace(_found(there, subject, choice, reference), of=whom))
    return [*targets, *more], replace(choice, name=choice.name or next(iter(named_first))) if more else choice


def _along(now: Mapping[str, Sequence[Event]], same: Mapping[str, str]) -> Iterator[str]:
    """Name those of the SAME people as others on whom the last decision, of those that stand NOW, rests on that."""
    for subject, whom in same.items():
        if subject != whom and subject in now and whom in now:
            last = now[subject][-1]
            if (last.data.get("of") or last.data.get("question")) and last.at >= now[whom][-1].at:
                yield subject


def _found(there: Known, who: str, choice: Choice, reference: str) -> Target:
    """Find WHO of those who are THERE. Raises UsageProblem where nobody is meant, or no point names them."""
    if "@" in who:
        return _pointed_at(there, who)
    number = there.number.get(who.strip().lower())
    if number is None:
        message = f"There is no subject {who} in this clip; there are {len(there.number)}."
        raise UsageProblem(message, "See who there is: ", Step(Task.SHOW_SUBJECTS, reference, (Give(Given.WHY, "…"),)))
    entry = there.described(number)
    if choice.verdict is Verdict.VISIBLE and entry.subject.standing is Standing.UNCLEAR:
        message = f"{who} is no person: it is all moments at which it cannot be told who is who, and stays hidden."
        raise UsageProblem(
            message, "Decide on the people before and after such a moment, or give a point: 00:12.4@640,360."
        )
    if choice.verdict is Verdict.VISIBLE and entry.point is None:
        message = f"{who} cannot be pointed at: wherever they are, somebody else is too."
        raise UsageProblem(message, "Give a time and a point at which they stand apart instead, as 00:12.4@640,360.")
    return Target(entry.subject.id, entry.subject.tracks, entry.at, entry.point)


def _pointed_at(there: Known, text: str) -> Target:
    """Find whoever is at the time and point of TEXT."""
    seed = parse_keep(text)
    subject = there.people.subjects[named(there.scan.clip, there.people, seed)]
    return Target(subject.id, subject.tracks, text.partition("@")[0], seed.point)


def decision_facts(scan: str, choice: Choice, target: Target) -> dict[str, Any]:
    """Give what is recorded where the CHOICE is made of TARGET, a subject of SCAN, a digest."""
    return {
        "subject": target.subject,
        "tracks": list(target.tracks),
        "verdict": choice.verdict.value,
        "ground": choice.ground.value,
        "reason": choice.reason,
        "scan": scan,
        "time": target.at,
        "point": list(target.point) if target.point else None,
        "name": choice.name,
    } | ({"of": target.of} if target.of else {})


def _last_words(made: Mapping[str, Sequence[Event]]) -> tuple[Ruling, ...]:
    """Give the last word on every subject of which a decision was MADE, in the order of their ids."""
    counting: dict[str, list[Event]] = {}
    for subject, events in made.items():
        for event in events:
            before = counting.get(subject, [])
            goes_on = bool(before) and _shows(before[-1]) and _shows(event)
            counting[subject] = [*before, event] if goes_on else [event]
    return tuple(_ruling(counting[subject]) for subject in sorted(counting))


def _shows(event: Event) -> bool:
    return bool(event.data["verdict"] == Verdict.VISIBLE)


def _ruling(events: Sequence[Event]) -> Ruling:
    """Give the last word of EVENTS, all that was decided on one subject since it was hidden last."""
    event, data = events[-1], events[-1].data
    # whoever has no name of their own is nobody else: points without a name would all be one person
    name = f"name {data['name']}" if data["name"] else f"subject {data['subject']}"
    known = dict.fromkeys(
        (decision.data["time"], *decision.data["point"]) for decision in events if decision.data["point"]
    )
    return Ruling(
        subject=data["subject"],
        tracks=tuple(data["tracks"]),
        verdict=Verdict(data["verdict"]),
        ground=Ground(data["ground"]),
        reason=data["reason"],
        name=data["name"],
        by=event.by,
        at=event.at,
        points=tuple(Keep(at=parse_time(at), point=(x, y), name=name) for at, x, y in known),
    )
