"""What cannot be a person, or a number plate, is left out; whatever may be one stays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.priors import MARGIN, PADDING, SURE_OF_A_PLATE, SURE_OF_A_SCENE, plausible_person, plausible_plate

WIDTH, HEIGHT = 960, 544


def judged(*boxes: tuple[float, float, float, float, float], picture: tuple[int, ...] = ()) -> list[bool]:
    """Judge BOXES, each its corners and score, all of one picture or of PICTURE."""
    rows = np.array(boxes, np.float32).reshape(-1, 5)
    where = np.array(picture or (0,) * len(rows), np.int32)
    return [bool(may_be) for may_be in plausible_person(where, rows[:, :4], rows[:, 4], WIDTH, HEIGHT)]


def test_no_boxes() -> None:
    """Nothing found, nothing to judge."""
    assert judged() == []


def test_an_upright_person_stays() -> None:
    """At any score."""
    assert judged((400, 100, 450, 250, 0.1)) == [True]


def test_a_weak_box_is_believed_where_it_is_small() -> None:
    """Whoever fills a quarter of the picture's height is found better than that."""
    assert judged((400, 100, 430, 190, 0.08), (600, 100, 680, 300, 0.08)) == [True, False]


def test_a_stretch_of_road_goes() -> None:
    """Wide, low, in the middle, and the network is not sure."""
    assert judged((400, 300, 600, 380, 0.2)) == [False]


def test_a_person_on_the_ground_stays() -> None:
    """Wide, but the network is sure."""
    assert judged((400, 300, 600, 380, 0.35)) == [True]


def test_a_person_cut_off_by_an_edge_stays() -> None:
    """Only the lower or upper half may show, and the padding hides where the right and the lower edge are."""
    at_edges = [(0, 300, 200, 380), (400, 3, 600, 83), (735, 300, 930, 380), (400, 430, 600, 514)]
    assert judged(*((*box, 0.1) for box in at_edges)) == [True] * 4


def test_a_person_close_to_the_lens_stays() -> None:
    """Someone who fills half the picture may be as wide as high; a box of the whole picture is believed when sure."""
    assert judged((10, 120, 700, 540, 0.1), (0, 0, 960, 544, 0.5)) == [True, True]


def test_the_whole_picture_goes() -> None:
    """A box from edge to edge, both ways, at a low score."""
    assert judged((5, 3, 955, 540, 0.13)) == [False]


def test_a_whole_street_goes() -> None:
    """A box around people each of whom scores more is no person."""
    people = [(100, 100, 150, 250, 0.6), (300, 100, 350, 250, 0.5)]
    assert judged(*people, (50, 20, 700, 500, 0.3)) == [True, True, False]


def test_a_person_before_one_other_stays() -> None:
    """One face or figure behind someone close by makes no street."""
    assert judged((100, 100, 150, 250, 0.6), (50, 20, 700, 500, 0.3)) == [True, True]


def test_people_of_another_picture_make_no_street() -> None:
    """Pictures of a batch are judged apart."""
    people = [(100, 100, 150, 250, 0.6), (300, 100, 350, 250, 0.5)]
    assert judged(*people, (50, 20, 700, 500, 0.3), picture=(0, 0, 1)) == [True] * 3


number = st.floats(0, 1, width=32)


@given(st.lists(st.tuples(number, number, number, number, number), max_size=20))
def test_what_scores_well_stays(shares: list[tuple[float, float, float, float, float]]) -> None:
    """Shape alone never hides a find from those who come after."""
    rows = [
        (min(a, c) * WIDTH, min(b, d) * HEIGHT, max(a, c) * WIDTH, max(b, d) * HEIGHT, s) for a, b, c, d, s in shares
    ]
    assert all(stays for stays, row in zip(judged(*rows), rows, strict=True) if row[4] >= SURE_OF_A_SCENE)


def plates(*boxes: tuple[float, float, float, float, float]) -> list[bool]:
    """Which of BOXES, each its corners and score, may be plates."""
    rows = np.array(boxes, np.float32).reshape(-1, 5)
    return [bool(may_be) for may_be in plausible_plate(rows[:, :4], rows[:, 4], WIDTH, HEIGHT)]


def test_no_boxes_no_plates() -> None:
    """Nothing found, nothing to judge."""
    assert plates() == []


def test_a_plate_is_wider_than_high() -> None:
    """At any score; one in two lines, as motorcycles have, is still no higher than wide."""
    assert plates((400, 300, 470, 316, 0.05), (400, 300, 424, 320, 0.05), (400, 300, 420, 320, 0.05)) == [True] * 3


def test_what_stands_upright_must_be_sure() -> None:
    """A door, a jacket or a phone is upright; so is a plate seen from the side, that the network is sure of."""
    assert plates((400, 300, 420, 330, 0.5), (400, 300, 420, 330, 0.61)) == [False, True]


def test_a_plate_cut_off_by_an_edge_may_be_upright() -> None:
    """Only its first letters show, and the padding hides where the right and the lower edge are."""
    at_edges = [(0, 300, 12, 320), (400, 3, 412, 23), (920, 300, 932, 320), (400, 494, 412, 516)]
    assert plates(*((*box, 0.05) for box in at_edges)) == [True] * 4


@given(st.lists(st.tuples(number, number, number, number, number), max_size=20))
def test_only_upright_weak_boxes_away_from_the_edges_are_no_plates(
    shares: list[tuple[float, float, float, float, float]],
) -> None:
    """Nothing else ever goes, and no box is judged by the others."""
    rows = [
        (min(a, c) * WIDTH, min(b, d) * HEIGHT, max(a, c) * WIDTH, max(b, d) * HEIGHT, s) for a, b, c, d, s in shares
    ]
    stays = plates(*rows)
    assert stays == [plates(row)[0] for row in rows]
    for x0, y0, x1, y1, score in (row for row, may_be in zip(rows, stays, strict=True) if not may_be):
        assert y1 - y0 > x1 - x0
        assert score < SURE_OF_A_PLATE
        assert min(x0 / WIDTH, y0 / HEIGHT) > MARGIN - 1e-6
        assert max(x1 + PADDING - WIDTH, y1 + PADDING - HEIGHT) < 0
