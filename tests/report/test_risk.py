"""The risk list: every second once, what is worst first, and nothing said of a second in which there is nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of, plan_of
from hypothesis import given
from hypothesis import strategies as st

from redact.records.clip import Damage
from redact.records.kinds import Kind, Origin, Verdict
from redact.records.plan import Decision
from redact.records.tracks import Tracks
from redact.report.risk import COUNTED, SAID, WEIGHT, Risk, first_looks, rank, to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.records.clip import Clip

    Row = tuple[int, Sequence[float], float, Origin]

BOX = (100.0, 80.0, 140.0, 160.0)
NO_CUTS = np.zeros(0, np.int32)
CLIP = clip_of(frames=250)
"""Ten seconds at 25 frames/s."""


def tracks_of(*tracks: Sequence[Row], kind: Kind = Kind.PERSON) -> Tracks:
    """Tracks of rows: frame, box, score, origin."""
    rows = [row for rows in tracks for row in rows]
    return Tracks(
        frame=np.array([row[0] for row in rows], np.int32),
        xyxy=np.array([row[1] for row in rows], np.float32).reshape(-1, 4),
        score=np.array([row[2] for row in rows], np.float32),
        origin=np.array([row[3] for row in rows], np.uint8),
        start=np.cumsum([0, *map(len, tracks)]).astype(np.int64),
        kind=np.full(len(tracks), kind, np.uint8),
    )


def standing(
    first: int = 0, end: int = 250, *, box: Sequence[float] = BOX, score: float = 0.9, step: int = 1
) -> list[Row]:
    """Rows of something that stands still, seen on every STEP-th frame and filled in between."""
    return [
        (index, box, score, Origin.SEEN if (index - first) % step == 0 or index == end - 1 else Origin.FILLED)
        for index in range(first, end)
    ]


def ranked(tracks: Tracks, *shown: int, cuts: Sequence[int] = (), clip: Clip = CLIP) -> dict[int, Risk]:
    """What is said of every second of CLIP, with the tracks SHOWN let through."""
    decisions = [Decision("s001", shown, Verdict.VISIBLE, "the request", "now", "named")] if shown else []
    risks = rank(clip, tracks, plan_of(clip, []), decisions, np.array(cuts, np.int32))
    return {risk.second: risk for risk in risks}


def test_an_empty_clip_has_no_seconds() -> None:
    """Nothing is ranked where there is nothing."""
    clip = clip_of(frames=0)
    assert rank(clip, tracks_of(), plan_of(clip, []), [], NO_CUTS) == ()


def test_a_clip_with_nothing_in_it_scores_0_throughout() -> None:
    """Every second is there, in order of time, and nothing is said of it."""
    assert rank(CLIP, tracks_of(), plan_of(CLIP, []), [], NO_CUTS) == tuple(Risk(second, 0) for second in range(10))


def test_one_person_seen_well_from_end_to_end_scores_0() -> None:
    """Nothing speaks for a look at someone who was never lost."""
    assert {risk.score for risk in ranked(tracks_of(standing())).values()} == {0}


def test_a_beginning_and_an_end_in_the_middle_of_the_picture_are_named() -> None:
    """Who appears out of nowhere was most likely there before; at an edge, at a cut or at the ends all is well."""
    found = ranked(tracks_of(standing(60, 160)))
    assert [second for second, risk in found.items() if risk.score] == [2, 6]
    assert found[2].reasons == (
        "Somebody who is hidden appears or is lost in the middle of the picture: 1 hidden person or thing.",
    )
    at_edge = ranked(tracks_of(standing(60, 160, box=(0, 80, 40, 160))))
    assert all("middle" not in reason for risk in at_edge.values() for reason in risk.reasons)
    cut = ranked(tracks_of(standing(60, 160)), cuts=[60, 160])
    assert cut[2].reasons == cut[6].reasons == ("Another scene begins: 1 cut.",)


def test_what_was_seen_once_or_doubtfully_is_named() -> None:
    """A single weak sighting counts for both, and a better score for less."""
    once = [(30, BOX, 0.1, Origin.SEEN)]
    found = ranked(tracks_of(once))[1]
    assert found.reasons == (
        "Found for a moment only: 1 hidden person or thing.",
        "Never found with confidence: 1 hidden person or thing.",
    )
    assert found.score > ranked(tracks_of([(30, BOX, 0.3, Origin.SEEN)]))[1].score
    assert ranked(tracks_of(once), 0)[1].score == 0


def test_boxes_far_from_any_sighting_are_named() -> None:
    """Between looks a quarter of a second apart nothing is a guess; in a gap of two seconds most is."""
    assert {risk.score for risk in ranked(tracks_of(standing(step=6))).values()} == {0}
    found = ranked(tracks_of(standing(step=50)))
    assert all(
        risk.reasons[0].startswith("Hidden by estimate, long before or after they were found: ")
        for risk in found.values()
    )


def test_someone_hidden_over_someone_shown_weighs_most_of_all_that_tracks_tell() -> None:
    """Who is who may be wrong there; beside each other nothing is said."""
    beside = tuple(px + 60 for px in BOX)
    over = tracks_of(standing(), standing(100, 126, box=(110, 80, 150, 160)))
    found = ranked(over, 0)
    said = "Somebody who is hidden passes close to somebody who is shown: 1 hidden person or thing."
    assert found[4].reasons[0] == f"{said} Is the right one shown?"
    apart = ranked(tracks_of(standing(), standing(box=beside)), 0)
    assert {risk.score for risk in apart.values()} == {0}
    lost = ranked(tracks_of(standing(0, 120)), 0)
    assert lost[4].reasons == ("Somebody who is shown appears or is lost in the middle of the picture: 1 time.",)


def test_a_crowd_and_haste_are_named() -> None:
    """Ten people at once, and one who crosses the picture in half a second."""
    people = [standing(box=(30 * number, 80, 30 * number + 20, 160)) for number in range(1, 10)]
    assert ranked(tracks_of(*people))[3].reasons == ("Many at the same time: 9 hidden people or things.",)
    runner: list[Row] = [
        (index, [20 + 6 * index] * 1 + [80, 60 + 6 * index, 160], 0.9, Origin.SEEN) for index in range(40)
    ]
    assert "Moving fast: 1 hidden person or thing." in ranked(tracks_of(runner))[0].reasons


def test_damage_cuts_and_late_findings_are_named() -> None:
    """What the second look found stands above all else."""
    clip = replace(CLIP, damage=Damage(np.array([30, 31], np.int32)))
    risks = rank(clip, tracks_of(), plan_of(clip, []), [], np.array([60], np.int32), missed=[80])
    assert [(risk.second, risk.reasons) for risk in risks[:3]] == [
        (3, ("The second look found what the first did not: 1 finding.",)),
        (1, ("The recording is damaged: 2 pictures.",)),
        (2, ("Another scene begins: 1 cut.",)),
    ]


def test_movement_in_which_nobody_was_found_is_named() -> None:
    """Each thing that moves once a second; one is as bad as many."""
    moved = tracks_of(standing(30, 60), standing(40, 45), standing(240, 250))
    plan = replace(plan_of(CLIP, []), frames=(0, 200))
    risks = {risk.second: risk for risk in rank(CLIP, tracks_of(), plan, [], NO_CUTS, moved=moved)}
    assert [second for second, risk in sorted(risks.items()) if risk.score] == [1, 2]
    assert risks[1].reasons == ("Something moved that nobody was found in: 2 places.",)
    assert risks[2].reasons == ("Something moved that nobody was found in: 1 place.",)
    assert risks[1].score == risks[2].score == WEIGHT["motion"]


def test_doubt_about_which_way_up_people_are_is_named() -> None:
    """On every second that the copy shows, where the pictures were looked at in more than one pose."""
    plan = replace(plan_of(CLIP, []), frames=(0, 50))
    risks = {risk.second: risk for risk in rank(CLIP, tracks_of(), plan, [], NO_CUTS, poses=2)}
    assert [second for second, risk in sorted(risks.items()) if risk.score] == [0, 1]
    assert risks[0].score == WEIGHT["poses"]
    said = "It is in doubt which way up the picture is: 2 ways."
    assert risks[0].reasons == (said,)


def test_what_the_copy_does_not_show_scores_0() -> None:
    """Of a part of the clip only that part is looked at."""
    plan = replace(plan_of(CLIP, []), frames=(100, 125))
    risks = rank(CLIP, tracks_of(standing(60, 110)), plan, [], np.array([30], np.int32), missed=[10, 101])
    assert [risk.second for risk in risks if risk.score] == [4]


def test_seconds_are_those_that_a_player_shows() -> None:
    """A clip that starts late starts late, and one on a clock of its own at 0."""
    late, own = clip_of(frames=50, first=50), clip_of(frames=50, first=250_000)
    assert [risk.second for risk in rank(late, tracks_of(), plan_of(late, []), [], NO_CUTS)] == [2, 3]
    assert [risk.second for risk in rank(own, tracks_of(), plan_of(own, []), [], NO_CUTS)] == [0, 1]


ROW = st.tuples(
    st.integers(0, 249),
    st.tuples(*[st.floats(0, 320, width=32)] * 2).map(lambda p: (p[0], p[1], p[0] + 30, p[1] + 60)),
    st.floats(0, 1, width=32),
    st.sampled_from(list(Origin)),
)
TRACK = st.lists(ROW, min_size=1, max_size=8, unique_by=lambda row: row[0]).map(sorted)


@given(st.lists(TRACK, max_size=6), st.data())
def test_every_second_stands_once_and_what_is_worst_is_first(tracks: list[list[Row]], data: st.DataObject) -> None:
    """Whatever was tracked: sorted by score, between 0 and all weights together, a reason wherever it is not 0."""
    frame = st.lists(st.integers(0, 249), max_size=3)
    first = data.draw(st.integers(0, 248))
    plan = replace(plan_of(CLIP, []), frames=(first, data.draw(st.integers(first + 1, 250))))
    shown = tuple(data.draw(st.sets(st.sampled_from(range(max(len(tracks), 1))))))
    decisions = [Decision("s001", shown, Verdict.VISIBLE, "the request", "now", "named")]
    clip = replace(CLIP, damage=Damage(np.array(sorted(set(data.draw(frame))), np.int32)))
    cuts = np.array(sorted(set(data.draw(frame))), np.int32)
    risks = rank(clip, tracks_of(*tracks), plan, decisions, cuts, missed=data.draw(frame))
    assert sorted(risk.second for risk in risks) == list(range(10))
    scores = [risk.score for risk in risks]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0
    assert max(scores) <= sum(WEIGHT.values())
    assert all(bool(risk.reasons) for risk in risks if risk.score)
    assert all(risk.score == 0 for risk in risks if not risk.reasons)
    empty = {second for second in range(10) if (second + 1) * 25 <= plan.frames[0] or second * 25 >= plan.frames[1]}
    assert all(risk.score == 0 for risk in risks if risk.second in empty)


@pytest.mark.parametrize(
    ("scores", "chosen"),
    [([], ()), ([0, 0], ()), ([3, 2, 1], (0,)), ([1, 0, 0, 2, 0, 0, 3], (6, 3, 0)), ([9] * 30, (0, 3, 6, 9, 12))],
)
def test_the_first_looks_are_few_and_apart(scores: list[float], chosen: tuple[int, ...]) -> None:
    """At most five, the worst first, none so near another that one look takes in both, none that scores 0."""
    risks = sorted((Risk(second, score) for second, score in enumerate(scores)), key=lambda risk: -risk.score)
    assert first_looks(risks) == chosen


def test_the_risk_list_is_spelt_whole() -> None:
    """Every second with its time, score and reasons, and a word on what it is not."""
    risks = rank(CLIP, tracks_of(standing(60, 160)), plan_of(CLIP, []), [], NO_CUTS)
    document = json.loads(to_bytes(risks, CLIP.sha256))
    assert (document["version"], document["look_first"]) == ("redact-risks/1", ["00:02", "00:06"])
    assert [one["second"] for one in document["seconds"]] == [2, 6, 0, 1, 3, 4, 5, 7, 8, 9]
    assert document["seconds"][0]["time"] == "00:02"
    assert "not known to be safe" in document["note"]


def test_every_sign_has_a_weight_and_a_sentence() -> None:
    """What is counted is said."""
    assert WEIGHT.keys() == SAID.keys()
    assert COUNTED.keys() <= WEIGHT.keys()
