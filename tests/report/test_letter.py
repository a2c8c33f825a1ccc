"""The letters: nothing left open, nothing too wide, the digests to compare, and whom to complain to."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import InputUnusable, UsageProblem
from redact.report.letter import OPTIONAL, Letter, LetterFacts, letter

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "9f2c41d08e7703ab" * 4
FACTS = LetterFacts(
    kind=Letter.SAR_ANSWERED,
    day=date(2026, 11, 5),
    reference="SAR-2026-0142",
    recipient="A. Example",
    organisation="Example Homes",
    signatory="The Data Protection Officer",
    contact="dpo@homes.example",
    organisation_address="1 High Street\nTown",
    address="Flat 4\n2 Low Street",
    received=date(2026, 10, 8),
    due=date(2026, 11, 9),
    extended_to=date(2027, 1, 8),
    asked="footage of the car park on 3 October 2026, 14:00 to 15:00",
    provided=("Car park, 3 October 2026, 14:00 to 14:40, one copy in which other people are hidden.",),
    gaps=("14:40 to 15:00 was not recorded: the recorder was off.",),
    clock=("The clock in the picture is 2 minutes fast.",),
    enclosed=(("cam.redacted.mp4", DIGEST), ("report.pdf", "0" * 64)),
    fingerprint="f0" * 32,
    exemption="Data Protection Act 2018, Schedule 2, paragraph 16",
    reason="the other person can be recognised by what you already know, and did not agree.",
    basis="Data Protection Act 2018, Schedule 2, paragraph 2",
    purpose="to look into a theft.",
    fee="The fee is 210 pounds.",
    about="how we answered the request SAR-2026-0141",
    outcome="Your complaint was upheld.",
    scheme="The scheme says this.",
    foi_complaint="You may complain to the Information Commissioner's Office, once we have looked at it again.",
)


def words(text: str) -> str:
    """TEXT on one line."""
    return " ".join(text.split())


@pytest.mark.parametrize("kind", Letter)
def test_every_letter_is_whole(kind: Letter) -> None:
    """Dated, with its reference, signed, no field left open, no line too long, no hole, and the ICO to complain to."""
    text = letter(replace(FACTS, kind=kind))
    for said in ("5 November 2026", "SAR-2026-0142", "A. Example", "Example Homes", "The Data Protection Officer"):
        assert said in text
    assert "8 October 2026" in words(text)
    assert "Information Commissioner's Office" in words(text)
    assert "dpo@homes.example" in text
    assert "$" not in text
    assert max(map(len, text.splitlines())) <= 72
    assert "\n\n\n" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert text.endswith("Example Homes\n")


@pytest.mark.parametrize(
    "kind", [Letter.SAR_ANSWERED, Letter.THIRD_PARTY, Letter.STATUTORY, Letter.FOI_ANSWERED, Letter.TENANT_ANSWERED]
)
def test_a_letter_that_goes_with_a_release_says_how_to_check_it(kind: Letter) -> None:
    """What is enclosed, twelve digits of each digest, and the fingerprint of the key."""
    text = letter(replace(FACTS, kind=kind))
    assert "- cam.redacted.mp4, SHA-256 beginning 9f2c41d08e77\n" in text
    assert "- report.pdf, SHA-256 beginning 000000000000\n" in text
    assert "f0" * 32 in text
    assert "Compare the first digits" in words(text)
    assert "14:00 to 14:40" in words(text)
    assert "the recorder was off" in words(text)


def test_an_answer_says_what_the_law_wants_said() -> None:
    """Article 15(1): purposes, categories, recipients, retention, source, rights, complaint; why others are hidden."""
    text = words(letter(FACTS))
    for said in (
        "Article 15",
        "Schedule 2, paragraph 16",
        FACTS.purposes,
        FACTS.categories,
        FACTS.recipients,
        FACTS.retention,
        FACTS.source,
        FACTS.rights,
        FACTS.court,
        FACTS.complaint,
        "section 164A",
    ):
        assert said in text


def test_a_refusal_gives_its_ground_and_the_ways_to_fight_it() -> None:
    """The exemption, the reason, the regulator and the court; nothing is enclosed."""
    text = words(letter(replace(FACTS, kind=Letter.SAR_REFUSED)))
    for said in (FACTS.exemption, FACTS.reason, "section 167", "telephone 0303 123 1113"):
        assert said in text
    assert "Enclosed" not in text


def test_a_longer_time_is_told_with_its_reason() -> None:
    """Until when, and why."""
    text = words(letter(replace(FACTS, kind=Letter.SAR_EXTENDED)))
    assert "We were to answer by 9 November 2026." in text
    assert "You will have our answer by 8 January 2027." in text
    assert FACTS.reason in text


def test_a_third_party_is_not_told_of_the_right_of_access() -> None:
    """Who is hidden for others is hidden because the purpose does not need them."""
    text = words(letter(replace(FACTS, kind=Letter.THIRD_PARTY)))
    assert FACTS.others in text
    assert "paragraph 16" not in text
    assert FACTS.conditions in text


NEEDED = {
    Letter.SAR_ANSWERED: {"received", "asked", "provided", "enclosed", "fingerprint", "contact", "hidden", "signatory"},
    Letter.SAR_REFUSED: {"received", "asked", "exemption", "reason", "contact", "court"},
    Letter.SAR_EXTENDED: {"due", "extended_to", "reason", "complaint"},
    Letter.THIRD_PARTY: {"basis", "purpose", "conditions", "enclosed", "fingerprint"},
    Letter.STATUTORY: {"basis", "purpose", "provided", "enclosed", "their_reference", "retention"},
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NEEDED.items() for name in sorted(names)])
def test_what_is_missing_is_named(kind: Letter, name: str) -> None:
    """No letter goes out with a hole in it: the sentence says which letter lacks what."""
    empty: dict[str, object] = {"received": None, "due": None, "extended_to": None, "provided": (), "enclosed": ()}
    with pytest.raises(UsageProblem, match=f"The {kind} letter needs {name}:"):
        letter(replace(FACTS, kind=kind, **{name: empty.get(name, "")}))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(OPTIONAL))
def test_what_may_be_empty_leaves_no_hole(name: str) -> None:
    """Its line goes, and no more than one line is blank."""
    empty: dict[str, object] = {name: () if name in {"gaps", "clock"} else ""}
    for kind in Letter:
        assert "\n\n\n" not in letter(replace(FACTS, kind=kind, **empty))  # type: ignore[arg-type]
    assert name in {one.name for one in fields(LetterFacts)}


def test_an_organisation_s_own_template_goes_first(tmp_path: Path) -> None:
    """The one of the same name; the others stay as they are. A line of it is a paragraph of its own."""
    (tmp_path / "sar-refused.txt").write_text("Re $reference\r\nCosts £5 or $$5. " + "word " * 30, encoding="utf-8-sig")
    text = letter(replace(FACTS, kind=Letter.SAR_REFUSED), tmp_path)
    assert text.startswith("Re SAR-2026-0142\nCosts £5 or $5. word")
    assert [len(line) <= 72 for line in text.splitlines()] == [True] * 4
    assert letter(FACTS, tmp_path) == letter(FACTS) == letter(FACTS, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            b"Dear $recipiant",
            r"\$recipiant is no field of a letter\.\nDid you mean \$recipient\? Fields: about, address, ",
        ),
        (b"one\ntwo $ 5", r"sar-answered\.txt, line 2: a \$ stands before something"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_template_that_cannot_be_filled_says_why(tmp_path: Path, template: bytes, said: str) -> None:
    """The line or the field that is wrong, and what would be right."""
    (tmp_path / "sar-answered.txt").write_bytes(template)
    with pytest.raises(UsageProblem, match=said):
        letter(FACTS, tmp_path)


def test_a_template_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The one that comes with the program does not quietly stand in for it."""
    (tmp_path / "sar-answered.txt").mkdir()
    with pytest.raises(InputUnusable, match=r"sar-answered\.txt cannot be read \(is a directory\)"):
        letter(FACTS, tmp_path)


@given(st.text(st.characters(), min_size=1, max_size=200).filter(str.strip))
def test_whatever_is_filled_in_is_only_words(text: str) -> None:
    """A $ in a name is a $; no word is lost, control characters show, and only a word that is too long is too wide."""
    written = letter(replace(FACTS, asked=f"{text} $reason ${{basis}}"))
    assert "$reason ${basis}" in words(written)
    assert not [line for line in written.split("\n") if len(line) > 72 and " " in line.strip()[2:]]
    assert not {one for one in written if one < " " and one != "\n"}
    written.encode()
