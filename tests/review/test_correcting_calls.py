"""Corrections, questions and the list of where to look as calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lookers import REF, address, clip_in, looks_at
from meeting import Meeting, meeting

from redact.case.footage import scan_clip
from redact.detect.survey import Survey
from redact.governance.office import Office

if TYPE_CHECKING:
    from pathlib import Path

    from desks import Browser

    from redact.governance.register.register import ClipRow
    from redact.review.desk import Desk

WINDOW: dict[str, Any] = {
    "kind": "hide",
    "first": 10,
    "last": 19,
    "keys": [[10, [100, 10, 140, 60]], [19, [120, 10, 160, 60]]],
    "reason": "a window into a flat",
}
CHOICE: dict[str, Any] = {"verdict": "visible", "ground": "data-subject", "reason": "the requester, known to staff"}


@pytest.fixture
def row(desk: Desk, browser: Browser, tmp_path: Path) -> ClipRow:
    """A clip that is scanned, and looked at by whoever has the browser."""
    made = clip_in(desk.home, tmp_path)
    looks_at(browser, made)
    return made


@pytest.fixture
def doubtful(desk: Desk, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClipRow:
    """A clip in which it is not certain who is who."""
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it finds them by place, whichever way they are shown
    made = clip_in(desk.home, tmp_path, meeting(tmp_path / "meeting.mp4"))
    with Office.open(desk.home) as office:
        scan_clip(office, REF, made, [Meeting()])
    looks_at(browser, made)
    return made


def drawn(browser: Browser, row: ClipRow) -> list[dict[str, Any]]:
    """Give what was drawn and not taken back."""
    return list(browser.get(address(row, "corrections")).json()["corrections"])


def boxes(browser: Browser, row: ClipRow, frame: int) -> list[list[Any]]:
    """Give the boxes of FRAME."""
    (one,) = browser.get(address(row, f"plan?from={frame}&to={frame}")).json()["frames"]
    return list(one["boxes"])


def test_what_is_drawn_is_in_the_plan_at_once_and_can_be_taken_back(browser: Browser, row: ClipRow) -> None:
    """Under its own id, and on the timeline; taken back it is in neither."""
    before = boxes(browser, row, 15)
    made = browser.post(address(row, "corrections"), json=WINDOW)
    assert made.status_code == 200, made.text
    (one,) = made.json()["corrections"]
    assert (one["first"], one["last"], one["reason"]) == (10, 19, "a window into a flat")
    (more,) = [box for box in boxes(browser, row, 15) if box not in before]
    assert more[4:] == [one["id"], "drawn", "unknown", "hidden"]
    assert more[0] <= 111
    assert more[2] >= 151
    assert browser.get(address(row, "rows")).json()["corrections"] == [
        {"id": one["id"], "what": "hide", "first": 10, "last": 19, "subject": ""}
    ]
    assert drawn(browser, row) == [one]
    gone = browser.request("DELETE", address(row, f"corrections/{one['id']}"), json={"reason": "it was a mirror"})
    assert gone.json()["corrections"] == []
    assert boxes(browser, row, 15) == before
    again = browser.request("DELETE", address(row, f"corrections/{one['id']}"), json={"reason": "it was a mirror"})
    assert (again.status_code, again.json()["code"]) == (409, "changed-meanwhile")


def test_every_kind_can_be_drawn(browser: Browser, row: ClipRow) -> None:
    """A hole in what is hidden, what is nobody, a mask that goes on, silence."""
    one, other = (subject["id"] for subject in browser.get(address(row, "subjects")).json()["subjects"])
    for more in (
        {"kind": "hide-but", "keys": [[0, [0, 0, 160, 120]]], "first": 30, "last": 35},
        {"kind": "nobody", "subject": one, "first": 0, "last": 4},
        {"kind": "extend", "subject": other, "first": 40, "last": 49},
        {"kind": "mute", "from": "00:00.5", "to": "00:01"},
        {"kind": "hide", "keys": [[0, [0, 0, 20, 20]]]},
    ):
        answer = browser.post(address(row, "corrections"), json={"reason": "looked at it twice"} | more)
        assert answer.status_code == 200, answer.text
    assert [one["kind"] for one in drawn(browser, row)] == ["hide-but", "nobody", "extend", "mute", "hide"]
    assert (drawn(browser, row)[3]["from"], drawn(browser, row)[3]["to"]) == ("00:00.5", "00:01")
    assert (drawn(browser, row)[4]["first"], drawn(browser, row)[4]["last"]) == (0, 49)
    assert one not in [box[4] for box in boxes(browser, row, 2)]


def test_a_box_is_followed_and_saved_as_it_was_followed(browser: Browser, row: ClipRow) -> None:
    """Nothing is recorded until it is saved; then every frame of it is hidden."""
    before = browser.get(address(row, "corrections")).json()["revision"]
    found = browser.post(address(row, "follow"), json={"frame": 25, "box": [95, 60, 151, 116]})
    assert found.status_code == 200, found.text
    said = found.json()
    assert (said["first"], said["last"], said["before"], said["after"]) == (0, 49, "clip", "clip")
    assert browser.get(address(row, "corrections")).json()["revision"] == before
    drawing = {"kind": "hide", "reason": "nobody may see them"} | {
        name: said[name] for name in ("keys", "first", "last")
    }
    answer = browser.post(address(row, "corrections"), json=drawing)
    assert answer.status_code == 200, answer.text
    for frame in (0, 20, 49):
        assert "drawn" in [box[5] for box in boxes(browser, row, frame)]
    assert browser.post(address(row, "follow"), json={"frame": 90, "box": [0, 0, 50, 50]}).status_code == 400


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "lock"}, "kind"),
        ({"keys": [[10, [1, 2, 3]]]}, "Field required"),
        ({"keys": [[10, [9999, 9999, 10000, 10000]]]}, "is not in the picture"),
        ({"first": 90}, "which has 50"),
        ({"reason": "no"}, "recorded with its reason"),
        ({"kind": "mute", "from": "soon", "to": "later"}, "cannot be read"),
        ({"kind": "nobody", "subject": "s999", "keys": []}, "There is no subject"),
        ({"keys": [[frame, [0, 0, 9, 9]] for frame in range(2_001)]}, "keys"),
    ],
)
def test_what_cannot_be_drawn_is_refused(browser: Browser, row: ClipRow, more: dict[str, Any], said: str) -> None:
    """In a sentence, and nothing is recorded."""
    answer = browser.post(address(row, "corrections"), json=WINDOW | more)
    assert (answer.status_code, said in answer.json()["message"]) == (400, True), answer.text
    assert drawn(browser, row) == []


def test_a_question_is_answered_with_one_call(browser: Browser, doubtful: ClipRow) -> None:
    """Yes shows both as one person; no is not asked again; either can be changed."""
    first, *_ = browser.get(address(doubtful, "questions")).json()["questions"]
    assert not first["matters"]
    decision = CHOICE | {"who": [first["before"]["subject"]], "name": "requester"}
    browser.post(address(doubtful, "decisions"), json=decision)
    asked = browser.get(address(doubtful, "questions")).json()
    question = asked["questions"][0]
    assert (question["matters"], question["answered"], asked["open"] > 0) == (True, None, True)
    listed = browser.get(address(doubtful, "worklist")).json()["items"]
    assert f"question-{question['id']}" in [item["id"] for item in listed]
    yes = browser.post(address(doubtful, f"questions/{question['id']}"), json={"same": True, "seen": asked["revision"]})
    assert yes.status_code == 200, yes.text
    known = {one["id"]: one for one in browser.get(address(doubtful, "subjects")).json()["subjects"]}
    other = known[question["after"]["subject"]]
    assert (other["verdict"], other["name"]) == ("visible", "requester")
    no = browser.post(address(doubtful, f"questions/{question['id']}"), json={"same": False})
    assert no.status_code == 200, no.text
    known = {one["id"]: one for one in browser.get(address(doubtful, "subjects")).json()["subjects"]}
    assert known[question["after"]["subject"]]["verdict"] is None
    late = browser.post(
        address(doubtful, f"questions/{question['id']}"), json={"same": True, "seen": asked["revision"]}
    )
    assert late.status_code == 409
    assert browser.post(address(doubtful, "questions/0000"), json={"same": True}).status_code == 400


def test_what_was_looked_at_is_shown_to_who_approves(browser: Browser, second: Browser, doubtful: ClipRow) -> None:
    """With names and minutes; it needs no reason to see who looked, only to look."""
    work = browser.get(address(doubtful, "worklist")).json()
    assert (work["looked"], work["total"]) == (0, len(work["items"]))
    names = [item["id"] for item in work["items"]]
    assert names
    told = browser.post(address(doubtful, "looked"), json={"items": names, "seconds": 90, "key": "f" * 32})
    assert told.status_code == 200, told.text
    (one,) = second.get(address(doubtful, "looked")).json()
    assert (one["name"], one["minutes"], one["items"]) == ("A. Example", 1.5, len(names))
    work = browser.get(address(doubtful, "worklist")).json()
    assert work["looked"] == work["total"]
    assert browser.post(address(doubtful, "looked"), json={"items": ["x"], "seconds": 1}).status_code == 400
