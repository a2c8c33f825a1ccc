"""People, decisions and the plan as calls: what is shown is what the record says, and a conflict changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from lookers import REF, address, clip_in, looks_at

from redact.case.copies import copy_made
from redact.case.purging import items
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.package.names import PLAN
from redact.records.plan import to_bytes
from redact.review.pictures import cuts

if TYPE_CHECKING:
    from pathlib import Path

    from desks import Browser

    from redact.governance.register.register import ClipRow
    from redact.review.desk import Desk

CHOICE: dict[str, Any] = {"verdict": "visible", "ground": "data-subject", "reason": "the requester, known to staff"}


@pytest.fixture
def row(desk: Desk, browser: Browser, tmp_path: Path) -> ClipRow:
    """A clip that is scanned, and looked at by whoever has the browser."""
    made = clip_in(desk.home, tmp_path)
    looks_at(browser, made)
    return made


def subjects(browser: Browser, row: ClipRow) -> dict[str, dict[str, Any]]:
    """Give who is there, by id."""
    answer = browser.get(address(row, "subjects"))
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["subjects"]}


def revision(browser: Browser, row: ClipRow) -> int:
    """Give what was recorded last."""
    return int(browser.get(address(row, "subjects")).json()["revision"])


def test_everyone_is_listed_and_nobody_is_decided_on(browser: Browser, row: ClipRow) -> None:
    """Who walks and who stands: where, when, and where to point; each needs somebody who decides."""
    everyone = subjects(browser, row)
    assert [one["kind"] for one in everyone.values()] == ["person", "person"]
    for one in everyone.values():
        left, top, right, bottom = one["place"]
        assert (left <= one["point"][0] < right, top <= one["point"][1] < bottom) == (True, True)
        assert (one["verdict"], one["needs"], one["from"], one["standing"]) == (None, True, "00:00", "person")


def test_whoever_did_not_say_why_sees_nobody(second: Browser, row: ClipRow) -> None:
    """Every one of these calls shows people, or says where they are."""
    for rest in ("subjects", "plan", "rows", "at?frame=0&x=1&y=1", "questions", "corrections", "worklist"):
        answer = second.get(address(row, rest))
        assert (answer.status_code, answer.json()["code"]) == (428, "reason-needed")
    answer = second.post(address(row, "decisions"), json=CHOICE | {"who": ["s001"]})
    assert answer.status_code == 428


def test_everybody_has_a_picture_that_goes_with_the_footage(
    browser: Browser, second: Browser, row: ClipRow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small, of the frame that was asked for, open to nobody else, shown to nobody who did not say why."""
    for name, one in subjects(browser, row).items():
        answer = browser.get(address(row, f"subjects/{name}/picture"))
        assert (answer.status_code, answer.headers["x-frame"]) == (200, str(one["frame"])), answer.text
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert max(picture.shape[:2]) == 280
        red = picture[picture.shape[0] // 2, picture.shape[1] // 2]
        assert red[2] > red[0] + 40
        assert browser.get(address(row, f"subjects/{name}/picture")).content == answer.content
        monkeypatch.setattr(cuts, "IDLE_S", -1.0)
        browser.desk.rest()  # what they are cut out of is closed by now, and opened again
        other = browser.get(address(row, f"subjects/{name}/picture?frame=30"))
        assert other.headers["x-frame"] == "30"
        assert second.get(address(row, f"subjects/{name}/picture")).status_code == 428
    kept = list((desk.home / "cases").rglob("*.jpg"))
    assert len(kept) == 4
    assert {path.stat().st_mode & 0o077 for path in kept} == {0}
    assert browser.get(address(row, "subjects/s999/picture")).status_code == 404
    with Office.open(desk.home) as office:
        (footage,) = [item for item in items(office) if item.what == "footage"]
        assert kept[0].parent in footage.paths


def test_a_click_means_whoever_is_there(browser: Browser, row: ClipRow) -> None:
    """A click beside everybody says so; one on somebody can be decided on."""
    there = browser.get(address(row, "at?frame=10&x=70&y=90")).json()
    assert there["subject"] in subjects(browser, row)
    assert there["there"] == [there["subject"]]
    assert there["point"].endswith("@70,90")
    decided = browser.post(address(row, "decisions"), json=CHOICE | {"who": [there["point"]]})
    assert [one["id"] for one in decided.json()["subjects"]] == [there["subject"]]
    beside = browser.get(address(row, "at?frame=10&x=1&y=1")).json()
    assert (beside["subject"], beside["there"]) == (None, [])
    assert "Nobody was found" in beside["why"]
    assert browser.get(address(row, "at?frame=50&x=1&y=1")).status_code == 400


def test_a_decision_is_on_record_in_the_name_of_who_made_it(browser: Browser, row: ClipRow, desk: Desk) -> None:
    """With its ground and reason; whoever else is there needs nobody any more; taken back it is as before."""
    before = browser.get(address(row, "plan")).json()["frames"]
    shown, hidden = subjects(browser, row)
    made = browser.post(address(row, "decisions"), json=CHOICE | {"who": [shown], "name": "requester"})
    assert made.status_code == 200, made.text
    (one,) = made.json()["subjects"]
    me = browser.get("/api/me").json()["account"]
    assert (one["verdict"], one["ground"], one["name"], one["by"]) == ("visible", "data-subject", "requester", me)
    assert not subjects(browser, row)[hidden]["needs"]
    frames = browser.get(address(row, "plan?from=5&to=20")).json()["frames"]
    assert [frame["i"] for frame in frames] == [*range(5, 21)]
    for frame in frames:
        assert {(box[4], box[7]) for box in frame["boxes"]} == {(shown, "visible"), (hidden, "hidden")}
    undone = browser.post(address(row, "decisions/undo"), json={"subjects": [shown]})
    assert undone.json()["subjects"][0]["verdict"] is None
    assert browser.get(address(row, "plan")).json()["frames"] == before
    with Office.open(desk.home) as office:
        kinds = [event.kind for event in office.register.events(reference=REF, clip=row.sha256)]
        assert kinds[-2:] == [EventKind.DECIDED, EventKind.UNDECIDED]


def test_taken_back_the_ruling_before_holds_again(browser: Browser, row: ClipRow) -> None:
    """Not only the first one: hidden, then shown, and back to hidden with its own reason."""
    name = next(iter(subjects(browser, row)))
    hide = {"verdict": "hidden", "ground": "refused-consent", "reason": "asked on 3 March, said no", "who": [name]}
    browser.post(address(row, "decisions"), json=hide)
    browser.post(address(row, "decisions"), json=CHOICE | {"who": [name]})
    browser.post(address(row, "decisions/undo"), json={"subjects": [name]})
    one = subjects(browser, row)[name]
    assert (one["verdict"], one["reason"]) == ("hidden", "asked on 3 March, said no")
    browser.post(address(row, "decisions/undo"), json={"subjects": [name]})
    again = browser.post(address(row, "decisions/undo"), json={"subjects": [name]})
    assert (again.status_code, "Nothing was decided" in again.json()["message"]) == (400, True)


def test_two_browsers_do_not_overwrite_each_other(browser: Browser, second: Browser, row: ClipRow) -> None:
    """Whoever looked before the other decided is told so; what was decided stands; of others it is no matter."""
    looks_at(second, row)
    looked = revision(browser, row)
    one, other = subjects(browser, row)
    first = second.post(address(row, "decisions"), json=CHOICE | {"who": [one], "seen": looked})
    assert first.status_code == 200, first.text
    late = browser.post(address(row, "decisions"), json=CHOICE | {"who": [one, other], "seen": looked})
    assert (late.status_code, late.json()["code"]) == (409, "changed-meanwhile")
    assert "B. Example changed" in late.json()["message"]
    assert subjects(browser, row)[other]["verdict"] is None
    fine = browser.post(address(row, "decisions"), json=CHOICE | {"who": [other], "seen": looked})
    assert fine.status_code == 200
    now = browser.post(address(row, "decisions/undo"), json={"subjects": [one], "seen": fine.json()["revision"]})
    assert now.status_code == 200


def test_a_decision_that_is_sent_twice_is_made_once(browser: Browser, row: ClipRow) -> None:
    """The answer was lost on the way: the same key gives the same answer."""
    name = next(iter(subjects(browser, row)))
    sent = CHOICE | {"who": [name], "seen": revision(browser, row), "key": "c" * 32}
    one, two = (browser.post(address(row, "decisions"), json=sent) for _ in range(2))
    assert (one.status_code, two.status_code) == (200, 200)
    assert one.json() == two.json()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"who": ["s999"]}, "There is no subject s999"),
        ({"who": []}, "who"),
        ({"reason": "no"}, "recorded with its reason"),
        ({"ground": "confidential"}, "is not one for visible"),
        ({"ground": "because"}, "ground"),
        ({"key": "x"}, "key"),
        ({"scan": "0"}, "scan"),
    ],
)
def test_what_cannot_be_decided_is_refused(browser: Browser, row: ClipRow, more: dict[str, Any], said: str) -> None:
    """In a sentence, and nothing is recorded."""
    before = revision(browser, row)
    answer = browser.post(address(row, "decisions"), json=CHOICE | {"who": ["s001"]} | more)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert revision(browser, row) == before


def test_the_rows_of_a_timeline_say_when_everybody_is_there(browser: Browser, row: ClipRow) -> None:
    """Whoever is seen throughout has one run; every second has a risk."""
    rows = browser.get(address(row, "rows")).json()
    assert {one["id"] for one in rows["subjects"]} == set(subjects(browser, row))
    assert {one["runs"][0][2] for one in rows["subjects"]} == {"seen"}
    assert (rows["cuts"], rows["corrections"], len(rows["risk"])) == ([], [], 2)
    for one in rows["subjects"]:
        assert all(first <= last for first, last, _ in one["runs"])


def test_of_who_is_shown_it_is_measured_how_much_others_cover(browser: Browser, row: ClipRow) -> None:
    """Nothing before a region is drawn over them; then for as long as it lies there, and by what."""
    name = browser.get(address(row, "at?frame=10&x=278&y=178")).json()["subject"]
    browser.post(address(row, "decisions"), json=CHOICE | {"who": [name]})
    (one,) = browser.get(address(row, "rows")).json()["covered"]
    assert (one["id"], one["hidden"], one["runs"], subjects(browser, row)[name]["covered"]) == (name, 0, [], 0.0)
    drawing = {"kind": "hide", "keys": [[0, [240, 140, 320, 240]]], "first": 10, "last": 19, "reason": "a screen there"}
    made = browser.post(address(row, "corrections"), json=drawing).json()["corrections"][0]["id"]
    (one,) = browser.get(address(row, "rows")).json()["covered"]
    assert (one["hidden"], one["runs"]) == (10, [[10, 19, made]])
    assert subjects(browser, row)[name]["covered"] == round(10 / one["frames"], 3)


def test_no_more_of_a_plan_is_given_than_there_is(browser: Browser, row: ClipRow) -> None:
    """Nor frames in the wrong order."""
    for query in ("from=0&to=50", "from=10&to=9", "from=50"):
        answer = browser.get(address(row, f"plan?{query}"))
        assert (answer.status_code, "the clip has 50" in answer.json()["message"]) == (400, True)


def test_the_plan_that_is_shown_is_that_of_the_copy(browser: Browser, row: ClipRow, desk: Desk) -> None:
    """Every box of the copy's plan, and no other, whoever is shown in it."""
    from corridor import RedSquare  # noqa: PLC0415  for this alone

    from redact.case.copies import How, render_copy  # noqa: PLC0415  as above
    from redact.case.planning import plan_now, present  # noqa: PLC0415  as above

    name = next(iter(subjects(browser, row)))
    browser.post(address(row, "decisions"), json=CHOICE | {"who": [name]})
    frames = browser.get(address(row, "plan")).json()["frames"]
    with Office.open(desk.home) as office:
        render_copy(office, REF, row, How({}), [RedSquare()])
        made = copy_made(office, REF, row)
        assert made is not None
        plan = plan_now(present(office, REF, row)).plan
        assert made.file(PLAN).read_bytes() == to_bytes(plan)
    for frame in frames:
        hidden = [box[:4] for box in frame["boxes"] if box[7] == "hidden"]
        assert hidden == plan.boxes(frame["i"]).tolist()


def test_the_grounds_are_told_in_words(browser: Browser) -> None:
    """Each for one verdict."""
    grounds = browser.get("/api/grounds").json()
    assert {one["verdict"] for one in grounds} == {"visible", "hidden"}
    assert next(one for one in grounds if one["ground"] == "data-subject")["words"].startswith("is the person")
