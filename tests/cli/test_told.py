"""What is said of a release, and of a copy that was withheld."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from redact.jobs.release import Release
from redact.jobs.told import release_facts, said, withheld
from redact.records.kinds import Kind
from redact.records.plan import Check
from redact.verify.findings import Finding, Standing

GOOD = Release(
    copy=Path("out/cam4.redacted.mp4"),
    manifest=Path("out/cam4.manifest.json"),
    report=Path("out/cam4.report.html"),
    checks=(Check("times", passed=True, found="25 frames of 25."),),
    warnings=("No reference was given: this copy answers no request on record.",),
    tracks=1,
    frames=25,
    rounds=1,
    withheld=False,
    operators=Path("out/cam4.operator.html"),
    risks=Path("out/cam4.risks.json"),
    look_first=(72, 5),
    findings=(Finding("F1a2b3c4d", Kind.FACE, 30, Fraction(6, 5), (1, 2, 3, 4), 0.75, Standing.EARLIER, b"jpeg"),),
)
BAD = replace(
    GOOD,
    copy=Path("out/cam4.withheld.mp4"),
    manifest=None,
    checks=(*GOOD.checks, Check("second look", passed=False, found="1 face outside the plan.")),
    withheld=True,
)


def test_a_release_is_told_in_a_few_calm_lines() -> None:
    """Where everything is, what to think about, and what is left to do."""
    assert said(Path("in/cam4.mp4"), GOOD, 8.2) == [
        "cam4.mp4 is redacted: 1 track hidden on 25 frames, all checks passed (1).",
        "  Copy      out/cam4.redacted.mp4",
        "  Manifest  out/cam4.manifest.json",
        "  Report    out/cam4.report.html",
        "  Operator  out/cam4.operator.html (restricted: for you alone)",
        "  Time      8 s",
        "Note: No reference was given: this copy answers no request on record.",
        "Look first at: 01:12, 00:05.",
        "Watch the copy once from beginning to end before it leaves.",
    ]


def test_where_to_look_is_said_only_where_something_stands_out() -> None:
    """And of a part of the clip, where the copy begins in the master."""
    assert "Look first" not in "".join(said(Path("in/cam4.mp4"), replace(GOOD, look_first=()), 1))
    part = said(Path("in/cam4.mp4"), replace(GOOD, begins=Fraction(3)), 1)
    assert "Look first at: 01:12, 00:05 of the master (the copy begins at 00:03 of it)." in part


def test_a_withheld_copy_is_an_error_that_names_what_failed() -> None:
    """With exit code 5, and a word of care."""
    problem = withheld(Path("in/cam4.mp4"), BAD)
    assert problem.exit_code == 5
    assert str(problem) == (
        "in/cam4.mp4 was not released: 1 of 2 checks on the copy failed.\n"
        "  second look: 1 face outside the plan.\n"
        "Read out/cam4.report.html. out/cam4.operator.html shows what was found and says what to do. "
        "The withheld copy may show third parties: do not pass it on."
    )


def test_what_became_of_an_earlier_release_is_told() -> None:
    """Beside a release as a note, beside a withheld copy in the error, and in the document."""
    earlier = "An earlier release stands here, cam4.redacted.mp4. It was left as it is."
    assert f"Note: {earlier}" in said(Path("in/cam4.mp4"), replace(GOOD, earlier=earlier), 1)
    told = str(withheld(Path("in/cam4.mp4"), replace(BAD, earlier=earlier)))
    assert f"1 face outside the plan.\n{earlier}\nRead out/" in told
    assert release_facts(Path("in/cam4.mp4"), replace(BAD, earlier=earlier), 1)["earlier_release"] == earlier
    assert release_facts(Path("in/cam4.mp4"), GOOD, 1)["earlier_release"] is None


def test_json_of_a_withheld_copy_says_so() -> None:
    """There is no manifest, and every check is listed."""
    facts = release_facts(Path("in/cam4.mp4"), BAD, 8.24)
    assert (facts["released"], facts["manifest"], facts["seconds"]) == (False, None, 8.2)
    assert [check["passed"] for check in facts["checks"]] == [True, False]


def test_json_carries_findings_and_where_to_look() -> None:
    """Ids and places, and never a picture."""
    facts = release_facts(Path("in/cam4.mp4"), GOOD, 8.24)
    assert facts["look_first"] == ["01:12", "00:05"]
    assert (facts["operators_report"], facts["risks"]) == ("out/cam4.operator.html", "out/cam4.risks.json")
    assert facts["findings"] == [
        {
            "id": "F1a2b3c4d",
            "kind": "face",
            "time": "00:01.2",
            "place": [1, 2, 3, 4],
            "score": 0.75,
            "standing": "earlier",
        }
    ]
    json.dumps(facts)
