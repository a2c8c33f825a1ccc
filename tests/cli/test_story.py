"""A subject access request from the day it came to the day it is closed, by the commands alone, on real footage."""

from __future__ import annotations

import json
import zipfile
from base64 import b64decode
from datetime import date, timedelta
from pathlib import Path

import pytest
from story import CANARIES, OTHER, Desk, clips, second_person

REF = "SAR-2026-0142"
TODAY = date.today()  # noqa: DTZ011  the day where the organisation is
CAME, PROVED, RECORDED = (TODAY - timedelta(days=days) for days in (5, 3, 6))
START = f"{RECORDED}T14:00:00"
WINDOW = ("--camera", "Camera 4", "--from", START, "--to", f"{RECORDED}T14:00:06")


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two real clips."""
    return clips(tmp_path_factory.mktemp("footage"))


class Story:
    """The desks at which it happens, and what one step hands on to the next."""

    def __init__(self, folder: Path, street: Path, touchline: Path) -> None:
        """Set up desks in FOLDER, with footage of STREET and TOUCHLINE."""
        self.folder, self.clips = folder, (street, touchline)
        self.home = folder / "home"
        self.officer, self.approver = Desk(self.home, folder), Desk(self.home, folder, other=True)
        self.package = folder / "out" / f"{REF}_copy-1.zip"

    def set_up(self) -> None:
        """The records are set up; a second person, and how to be reached, are added by hand."""
        assert "The records of Example Housing are kept in" in self.officer.does(
            "setup", "Example Housing", "--person", "A. Example"
        )
        file = self.home / "organisation.toml"
        text = file.read_text().replace("[letters]", '[letters]\ncontact = "dpo@example.org"')
        file.write_text(f'{text}\n[people."user {OTHER}"]\nname = "B. Example"\nroles = ["approver"]\n')
        public = self.folder / "b-example.json"
        made = json.loads(self.approver.does("key", "mine", public, "--json"))
        told = ("--fingerprint", made["fingerprint"][:19])
        assert "signs with this key" in self.officer.does("key", "enrol", f"user {OTHER}", public, *told)

    def ask(self) -> None:
        """A request comes in; identity is asked for and proved on days given, and the clock follows."""
        people = ("--requester", "C. Example", "--recipient", "C. Example")
        self.officer.does("request", "new", REF, "--kind", "sar", "--received", CAME, *people, *WINDOW)
        self.officer.does("request", "record", REF, "identity-asked", "--on", CAME)
        self.officer.does(
            *("request", "record", REF, "identity-satisfied", "--on", PROVED, "--note", "tenancy card seen")
        )
        self.officer.does("request", "record", REF, "searched", *WINDOW, "--note", "two clips found")
        assert "already" in self.officer.refused(2, "request", "new", REF, "--kind", "sar")

    def attach(self) -> None:
        """Both clips are taken in, each a master of its own, and the request says what comes next."""
        for place, clip in enumerate(self.clips):
            begins = f"{RECORDED}T14:00:0{3 * place}"
            self.officer.does(
                "request", "attach", REF, clip, "--camera", "Camera 4", "--starts", begins, "--clock-offset", 2
            )
        shown = self.officer.does("request", "show", REF)
        assert "street.mov" in shown
        assert "touchline.mp4" in shown
        assert "was not scanned" in shown
        assert {path.read_bytes() for path in self.home.glob("masters/*/*")} == {
            clip.read_bytes() for clip in self.clips
        }

    def decide(self) -> None:
        """Everyone is found; two of the street are decided on, one to be seen and one to be hidden."""
        assert "hidden" in self.officer.does("scan", REF)
        why = ("--clip", "street.mov", "--why", "to find the requester in the street", "--json")
        found = json.loads(self.officer.does("subjects", REF, *why))
        people = [one for one in found["subjects"] if one["kind"] == "person" and one["point"]]
        assert len(people) > 2
        assert Path(found["page"]).is_file()
        self.seen, self.unseen = people[0]["id"], people[1]["id"]
        assert f"{self.seen} is to be visible." in self._decision(self.seen, "--visible", "data-subject")
        self._decision(self.unseen, "--hidden", "refused-consent")

    def _decision(self, who: str, verdict: str, ground: str) -> str:
        reason = ("--ground", ground, "--reason", "compared with the photograph of the form")
        return self.officer.does("decide", REF, who, verdict, "--clip", "street.mov", *reason)

    def make(self) -> None:
        """Both copies are made and checked; who made them cannot approve them, and nothing leaves before that."""
        assert self.officer.does("render", REF).count("all checks passed") == 2
        assert "Nobody has approved this copy" in self.officer.refused(7, "release", REF, "-o", self.package.parent)
        assert "four eyes" in self.officer.refused(7, "approve", REF, "--watched")
        assert "--watched" in self.approver.refused(2, "approve", REF)
        assert "Approved: copy 1 for C. Example" in self.approver.does("approve", REF, "--watched")

    def change(self) -> None:
        """Another decision makes the copy stale, and the approval void once the copy is made again."""
        self._decision(self.unseen, "--hidden", "unknown-person")
        self._decision(self.unseen, "--visible", "consent")
        release = ("release", REF, "-o", self.package.parent, "--zip")
        assert "out of date: a scan, a decision or a correction is newer" in self.officer.refused(7, *release)
        self.officer.does("render", REF, "--clip", "street.mov")
        said = self.officer.refused(7, *release)
        void = f"The approval by user {OTHER} is void: the plan, copy, recipient, letter or report has changed since"
        assert void in said
        assert "redact approve" in said
        assert not self.package.parent.exists()
        self.approver.does("approve", REF, "--watched")
        assert "may not" in self.approver.refused(7, *release)
        assert f"Released: {REF}/1-" in self.officer.does(*release)

    def receive(self) -> None:
        """Whoever gets package and key alone can check them, and sees where a byte was changed."""
        desk = self.folder / "recipient"
        desk.mkdir()
        key, package = desk / "key.pem", desk / self.package.name
        self.officer.does("key", "export", key)
        package.write_bytes(self.package.read_bytes())
        recipient = Desk(Path("/nowhere/at/all"), desk)
        assert "checks hold." in recipient.does("verify", package.name, "--key", key.name)
        data = bytearray(package.read_bytes())
        data[len(data) // 2] ^= 1
        package.write_bytes(data)
        assert "Do not rely on" in recipient.refused(5, "verify", package.name, "--key", key.name)
        assert {path.name for path in desk.iterdir()} == {key.name, package.name}

    def look_inside(self) -> None:
        """The package says for whom it is and which copy; nothing that the master's container said is in it."""
        with zipfile.ZipFile(self.package) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        copies = {f"{REF}_1_street.redacted.mp4", f"{REF}_1_touchline.redacted.mp4"}
        assert set(files) == {"letter.txt", "release.dsse.json", "report.html", "report.pdf"} | copies
        statement = json.loads(b64decode(json.loads(files["release.dsse.json"])["payload"]))
        record = statement["predicate"]
        assert (record["copy_number"], record["recipient"], record["reference"]) == (1, "C. Example", REF)
        assert len(record["recipient_code"]) == 6
        for manifest in record["manifests"]:
            assert manifest["request"]["copy_number"] == 1
            assert manifest["request"]["recipient"] == f"{record['recipient_code']} C. Example"
        everything = self.package.read_bytes() + json.dumps(statement).encode()
        assert [canary for canary in CANARIES if canary.encode() in everything] == []
        master = self.clips[0].read_bytes()
        assert all(canary.encode() in master for canary in CANARIES)

    def close(self) -> None:
        """The request is closed, counted, and whole; what is kept is not purged before its time."""
        assert "is closed on" in self.officer.does("request", "close", REF, "--outcome", "answered")
        assert "nothing more is done for it" in self.officer.refused(7, "release", REF)
        counted = json.loads(self.officer.does("request", "statistics", CAME.year, "--json"))
        assert [(row["received"], row["closed"], row["ended_in_time"]) for row in counted if row["kind"] == "sar"] == [
            (1, 1, 1)
        ]
        assert "Nothing is past its time." in self.officer.does("retention", "purge", "--yes")
        digest = next(path.name for path in (self.home / "masters").iterdir())
        assert "may not be purged" in self.officer.refused(7, "retention", "purge", "--clip", digest)
        assert len(list(self.home.glob("masters/*/*"))) == 2
        assert json.loads(self.officer.does("log", "verify", "--json"))["wrong"] == []

    def read_back(self) -> None:
        """The log tells all of it, refusals too, each by whoever it was."""
        events = json.loads(self.officer.does("log", "show", "--request", REF, "--json"))
        kinds = [event["kind"] for event in events]
        for kind in ("footage-viewed", "action-denied", "release-begun", "release-made", "request-closed"):
            assert kind in kinds
        assert {event["by"] for event in events if event["kind"] == "release-approved"} == {f"user {OTHER}"}
        assert kinds.count("release-approved") == 2
        assert kinds.count("decision-made") == 4


def test_a_request_goes_from_the_post_to_the_release(tmp_path: Path, footage: tuple[Path, Path]) -> None:
    """Every step on record, nothing without the second person, and a package that its recipient can check alone."""
    second_person()
    story = Story(tmp_path, *footage)
    story.set_up()
    story.ask()
    story.attach()
    story.decide()
    story.make()
    story.change()
    story.receive()
    story.look_inside()
    story.close()
    story.read_back()
