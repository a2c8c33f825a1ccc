"""The intake: what is read, what is said of a wrong one, and what is missing before anything is released."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.advice import Give, Given, Step, Task
from redact.errors import UsageProblem
from redact.governance.ledger.events import Event, EventKind
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.intake import Intake, problems
from redact.governance.rules.organisation import Nation
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
reference = "SAR-2026-0142"
kind = "sar"
received = 2026-03-02
requester = "A. Example"
recipient = "A. Example"
nation = "scotland"
identity = "Tenancy record and passport"
lawful_basis = "UK GDPR Art 15"
purpose = "The person's own data"
cameras = ["Lift lobby", "Stairs"]
note = "About a bicycle"
wanted_by = 2026-03-20

[window]
from = 2026-02-28T21:00:00
to = 2026-02-28T22:30:00
"""
HEAD = 'reference = "SAR-1"\nkind = "sar"\nreceived = 2026-03-02\n'


def write(folder: Path, text: str) -> Path:
    """Put TEXT in an intake file."""
    path = folder / "intake.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> list[str]:
    """What is said of a wrong file, a line each."""
    with pytest.raises(UsageProblem) as problem:
        Intake.load(write(folder, text))
    return problem.value.what.replace(str(folder) + "/", "").split("\n")


def asked(**changes: Any) -> Intake:
    """A request, as short as it can be."""
    return Intake.of({"reference": "SAR-1", "kind": "sar", "received": "2026-03-02", **changes})


def event(kind: EventKind, on: str = "", **data: Any) -> Event:
    """Something that happened to it."""
    return Event(kind=kind, by="example", reference="SAR-1", on=on, data=data)


def searched(camera: str) -> Event:
    """Somebody looked through an hour of CAMERA and found nothing."""
    data = {"camera": camera, "from": "2026-02-28T21:00:00", "to": "2026-02-28T22:00:00", "found": 0}
    return Event(kind=EventKind.SEARCHED, by="example", reference="SAR-1", data=data)


SEARCHED = searched("Lobby")


def test_the_shortest_intake_is_a_reference_a_kind_and_a_day(tmp_path: Path) -> None:
    """What came in by telephone can be written down at once; the rest is missing and said to be."""
    intake = Intake.load(write(tmp_path, HEAD))
    assert (intake.reference, intake.kind, intake.received) == ("SAR-1", RequestKind.SAR, date(2026, 3, 2))
    assert (intake.nation, intake.window, intake.cameras, intake.wanted_by) == (None, None, (), None)
    assert complaint(tmp_path, 'kind = "sar"') == [
        (
            "intake.toml: reference is missing. "
            'Accepted: up to 40 letters, digits, spaces and . / _ - such as "SAR-2026-0142".'
        ),
        "intake.toml: received is missing. Accepted: the day it came in, a date such as 2026-03-02.",
    ]


def test_a_full_intake_is_read_and_survives_an_event(tmp_path: Path) -> None:
    """Every key reaches the record, and what an event keeps of it reads back as the same."""
    intake = Intake.load(write(tmp_path, FULL))
    assert intake.nation is Nation.SCOTLAND
    assert intake.window is not None
    assert intake.window.end == datetime(2026, 2, 28, 22, 30)  # noqa: DTZ001  local, as the file says
    assert intake.cameras == ("Lift lobby", "Stairs")
    assert Intake.of(intake.plain()) == intake
    assert Intake.of(intake.plain()).digest == intake.digest
    assert asked().digest != intake.digest


WRONG = {
    'kind = "dsar"': "kind",
    "received = 2026-03-02T09:00:00": "received",
    'received = "20260302"': "received",
    'reference = "../etc"': "reference",
    "reference = 7": "reference",
    'requester = "two\\nlines"': "requester",
    f'note = "{"x" * 201}"': "note",
    'note = "turned \\u202e round"': "note",
    "note = 1": "note",
    'cameras = ["  "]': "cameras[1]",
    'cameras = "Lobby"': "cameras",
    'nation = "wales"': "nation",
    "window = {from = 2026-02-28T21:00:00Z, to = 2026-02-28T22:00:00}": "window.from",
    "window = {from = 2026-02-28, to = 2026-02-28T22:00:00}": "window.from",
    "wanted_by = 3": "wanted_by",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_is_named_with_what_is_accepted(tmp_path: Path, line: str) -> None:
    """The sentence begins with file and line, and says what would do."""
    key, _, _ = line.partition(" ")
    rest = "".join(f"{one}\n" for one in HEAD.splitlines() if not one.startswith(f"{key} "))
    sentence = "\n".join(complaint(tmp_path, rest + line))
    number = len(rest.splitlines()) + 1
    assert sentence.startswith(f"intake.toml, line {number}: {WRONG[line]} = ")
    assert "Accepted: " in sentence


def test_what_contradicts_itself_is_said(tmp_path: Path) -> None:
    """An empty window, a wish before the day of receipt, a key that is spelt wrongly."""
    window = "window = {from = 2026-02-28T22:00:00, to = 2026-02-28T22:00:00}"
    assert "it must end after it begins" in complaint(tmp_path, HEAD + window)[0]
    assert (
        "wanted_by (2026-03-01) is before received (2026-03-02)"
        in complaint(tmp_path, HEAD + "wanted_by = 2026-03-01")[0]
    )
    assert complaint(tmp_path, HEAD + 'requestor = "x"') == [
        "intake.toml, line 4: requestor is not known. Did you mean requester?"
    ]


def test_it_cannot_be_changed() -> None:
    """What was asked is a fact; a change is another intake."""
    with pytest.raises(ValueError, match="frozen"):
        asked().note = "x"


@given(st.text(max_size=220))
def test_any_text_is_kept_whole_or_refused(text: str) -> None:
    """A line is what was typed, without the spaces around it, or it is refused: it is never cut or altered."""
    try:
        kept = asked(note=text).note
    except UsageProblem:
        assert len(text.strip()) > 200 or not text.strip().isprintable()
    else:
        assert kept == text.strip()


def test_an_access_request_needs_more_than_its_receipt() -> None:
    """Each thing that is missing has a sentence with a rule and a way to put it right."""
    found = problems(asked(), [])
    assert len(found) == 5
    assert all(lack.what.startswith("SAR-1: ") and lack.what.endswith(".") and lack.sentence.tasks for lack in found)
    for word in ("who asks", "Art 12(6)", "whom the copy is for", "which time it is about", "Art 15(1A)"):
        assert any(word in lack.what for lack in found)


def ready(kind: str = "sar", **changes: Any) -> Intake:
    """A request of which everything is on record that concerns the intake."""
    said = {"requester": "A. Example, Example Police", "recipient": "A. Example", "note": "All of it"}
    return asked(
        kind=kind, **said | {"identity": "Passport", "lawful_basis": "Art 6(1)(f)", "purpose": "A claim"} | changes
    )


@pytest.mark.parametrize("kind", [kind for kind in RequestKind if kind is not RequestKind.COMPLAINT])
def test_nothing_is_missing_where_all_is_on_record(kind: RequestKind) -> None:
    """Then there is nothing to say."""
    begun = {"received": "2027-05-04"} if kind is RequestKind.TENANT else {}
    assert problems(ready(kind.value, **begun), [SEARCHED]) == ()


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("sar", {"identity": ""}, "how it was checked who asks"),
        ("third-party", {"lawful_basis": ""}, "no lawful basis"),
        ("third-party", {"purpose": ""}, "Art 5(1)(b)"),
        ("police", {"lawful_basis": ""}, "Sch 2 para 2"),
        ("police", {"requester": "Example Police"}, "a person and an agency"),
        ("police", {"requester": ", Example Police"}, "a person and an agency"),
        ("statutory", {"purpose": ""}, "needed for"),
        ("statutory", {"recipient": ""}, "whom the copy is for"),
    ],
)
def test_each_kind_has_its_own_needs(kind: str, changes: dict[str, str], said: str) -> None:
    """What the law asks of one kind of request and not of another."""
    [found] = problems(ready(kind, **changes), [SEARCHED])
    assert said in found.what


def test_a_search_says_where_and_when() -> None:
    """A search of which nobody wrote down the camera, the time and the result is none; the police need none."""
    vague = event(EventKind.SEARCHED, camera="Lobby")
    blank = searched(" ")
    assert "no search is recorded" in problems(ready(), [vague, blank])[0].what
    assert problems(ready("police"), []) == ()


def test_identity_may_be_shown_later() -> None:
    """An event that says how is as good as the intake; one that does not is not."""
    unsaid = ready(identity="")
    assert problems(unsaid, [SEARCHED, event(EventKind.IDENTITY_SATISFIED, how="Passport seen")]) == ()
    assert problems(unsaid, [SEARCHED, event(EventKind.IDENTITY_SATISFIED, how=" ")])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (EventKind.IDENTITY_ASKED, EventKind.IDENTITY_SATISFIED),
        (EventKind.FEE_ASKED, EventKind.FEE_PAID),
        (EventKind.CLARIFICATION_ASKED, EventKind.CLARIFICATION_ANSWERED),
    ],
)
def test_nothing_leaves_while_an_answer_is_awaited(question: EventKind, answer: EventKind) -> None:
    """What was asked and not answered is named with its day; asked again, it is awaited again."""
    [found] = problems(ready(), [SEARCHED, event(question, on="2026-03-04")])
    assert "2026-03-04" in found.what
    assert found.way[-1] == Step(Task.RECORD_STEP, "SAR-1", (Give(Given.STEP, answer.value),))
    assert problems(ready(), [SEARCHED, event(question), event(answer)]) == ()
    assert len(problems(ready(), [SEARCHED, event(question), event(answer), event(question)])) == 1


@pytest.mark.parametrize(("kind", "word"), [(EventKind.CLOSED, "closed"), (EventKind.REFUSED, "refused")])
def test_nothing_is_released_for_a_request_that_has_ended(kind: EventKind, word: str) -> None:
    """Whatever else is missing, that is the one thing to say."""
    [found] = problems(asked(), [event(kind, on="2026-03-10")])
    assert f"SAR-1 was {word} on 2026-03-10" in found.what


@pytest.mark.parametrize("exemption", list(Exemption))
def test_every_exemption_has_plain_words_and_a_source(exemption: Exemption) -> None:
    """A letter can say both."""
    assert exemption.meaning.endswith(".")
    assert exemption.source
