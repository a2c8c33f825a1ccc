"""Grounds of a decision: each is for one verdict, and each has its words."""

from __future__ import annotations

import pytest

from redact.errors import UsageProblem
from redact.governance.rules.grounds import WORDS, Ground, check_ground, grounds_for
from redact.records.kinds import Verdict


def test_every_ground_is_for_one_verdict() -> None:
    """None shows and hides, and none is for neither."""
    shown, hidden = (set(grounds_for(verdict)) for verdict in (Verdict.VISIBLE, Verdict.HIDDEN))
    assert shown | hidden == set(Ground)
    assert not shown & hidden
    assert (Ground.CONSENT in shown, Ground.REFUSED_CONSENT in hidden) == (True, True)


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_has_its_words(ground: Ground) -> None:
    """They stand in a sentence after the subject, and end without a stop."""
    assert WORDS[ground].split()[0] in {"is", "has", "was"}
    assert not WORDS[ground].endswith(".")


def test_a_ground_of_the_other_verdict_is_refused() -> None:
    """The sentence lists those that would do."""
    check_ground(Ground.CONSENT, Verdict.VISIBLE)
    with pytest.raises(UsageProblem, match="consent is not one for hidden") as refused:
        check_ground(Ground.CONSENT, Verdict.HIDDEN)
    assert "refused-consent, not-reasonable" in str(refused.value)
