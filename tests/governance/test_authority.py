"""Who may do what, and that a second person is a second person."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.advice import Task
from redact.errors import NotPermitted, Refusal
from redact.governance.rules.authority import (
    PERMITTED,
    WORDS,
    Action,
    Approval,
    check_approval,
    four_eyes,
    permit,
    roles_for,
)
from redact.governance.rules.organisation import Organisation, Person, Role

PLAN, OTHER = "9f2c41d08e77" + "0" * 52, "03ab5512c9fe" + "0" * 52

TABLE = """
                operator  reviewer  approver  dpo
view            yes       yes       yes       yes
decide          yes       yes       no        yes
render          yes       no        no        yes
approve         no        no        yes       yes
release         yes       no        no        yes
record-request  yes       no        no        yes
attach          yes       no        no        yes
scan            yes       no        no        yes
refuse          no        no        no        yes
close           no        no        no        yes
hold            yes       no        no        yes
lift            no        no        no        yes
purge           no        no        no        yes
rotate-key      no        no        no        yes
enrol           no        no        no        yes
read            yes       yes       yes       yes
"""
"""The whole of the rules, to be read beside the policy."""


def rows() -> dict[tuple[Role, Action], bool]:
    """TABLE as data."""
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    return {
        (Role(role), Action(line[0])): cell == "yes"
        for line in lines
        for role, cell in zip(head, line[1:], strict=True)
    }


def staff(**roles: tuple[Role, ...]) -> Organisation:
    """An organisation in which each account has ROLES."""
    people = {user: Person(name=f"The holder of {user}", roles=given) for user, given in roles.items()}
    return Organisation(name="A housing association", people=people)


EVERYONE = staff(**{role.value: (role,) for role in Role})


def test_the_table_is_complete() -> None:
    """Every action of every role is ruled on, and has words of its own."""
    assert set(rows()) == set(product(Role, Action))
    assert set(WORDS) == set(Action)
    assert len(set(WORDS.values())) == len(Action)


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_a_role_may_do_what_the_table_says(role: Role, action: Action) -> None:
    """Each cell of the table is what happens."""
    if rows()[role, action]:
        assert permit(EVERYONE, role.value, action) == EVERYONE.people[role.value]
        return
    with pytest.raises(NotPermitted) as refused:
        permit(EVERYONE, role.value, action)
    assert refused.value.exit_code == 7
    assert f"The holder of {role} (user {role}, {role}) may not {WORDS[action]}." in refused.value.what
    for able in roles_for(action):
        assert f"The holder of {able} (user {able})" in str(refused.value.advice)


@given(st.text(max_size=20), st.sampled_from(Action))
def test_nobody_without_a_role_may_do_anything(user: str, action: Action) -> None:
    """An account that the file does not name, however like one that it does, is let do nothing."""
    if user in EVERYONE.people:
        return
    with pytest.raises(NotPermitted, match="is not in organisation"):
        permit(EVERYONE, user, action)


@pytest.mark.parametrize("user", ["DPO", "dpo ", " dpo", "dpo\x00", "", "\uff44\uff50\uff4f"])
def test_an_account_is_spelt_exactly(user: str) -> None:
    """What looks like an account with rights is not one."""
    with pytest.raises(NotPermitted, match="is not in organisation"):
        permit(EVERYONE, user, Action.READ)


@given(st.sets(st.sampled_from(Role), min_size=1), st.sampled_from(Action))
def test_two_roles_give_what_either_gives_and_no_more(roles: set[Role], action: Action) -> None:
    """Rights add up."""
    both = staff(one=tuple(sorted(roles)))
    allowed = any(action in PERMITTED[role] for role in roles)
    try:
        permit(both, "one", action)
    except NotPermitted:
        assert not allowed
    else:
        assert allowed


def test_a_refusal_says_where_nobody_has_the_role() -> None:
    """An organisation without a DPO learns that it is the role that is missing."""
    with pytest.raises(NotPermitted) as refused:
        permit(staff(one=(Role.OPERATOR,)), "one", Action.PURGE)
    assert str(refused.value) == (
        "The holder of one (user one, operator) may not purge footage.\n"
        "To purge footage takes the role dpo, which nobody has. Ask them, or have the role added to the account."
    )


@pytest.mark.parametrize("approver", ["aex", "AEX", " aex", ""])
def test_whoever_decided_or_made_the_copy_cannot_approve_it(approver: str) -> None:
    """Four eyes are not two eyes with a different spelling."""
    with pytest.raises(NotPermitted, match="four eyes means that a second person approves"):
        four_eyes(approver, ["bex", "aex"])


@pytest.mark.parametrize("deciders", [[], [""], ["aex", " "]])
def test_without_a_first_person_there_is_no_second(deciders: list[str]) -> None:
    """A copy whose maker is not on record is approved by nobody."""
    with pytest.raises(NotPermitted, match="not on record who decided"):
        four_eyes("cex", deciders)


@given(st.text(min_size=1), st.lists(st.text(min_size=1), min_size=1))
def test_an_approver_is_never_among_the_deciders(approver: str, deciders: list[str]) -> None:
    """Whoever is let through did not decide."""
    try:
        four_eyes(approver, deciders)
    except NotPermitted:
        return
    assert approver not in deciders


def test_an_approval_is_of_one_plan_only() -> None:
    """The approval of a plan that changed is void, and both are named."""
    approval = Approval("aex", "2026-03-02T10:00:00+00:00", PLAN)
    assert check_approval(approval, PLAN) is approval
    with pytest.raises(NotPermitted) as refused:
        check_approval(approval, OTHER)
    assert refused.value.what == (
        "The approval by aex is void: the plan has changed since"
        " (9f2c41d08e77 was approved, 03ab5512c9fe is there now)."
    )
    assert refused.value.code is Refusal.APPROVAL_VOID
    with pytest.raises(NotPermitted, match="the copy has changed since"):
        check_approval(approval, OTHER, what="copy")


def test_a_missing_approval_is_none() -> None:
    """Nothing is released that nobody approved."""
    with pytest.raises(NotPermitted, match="Nobody has approved this copy") as refused:
        check_approval(None, PLAN)
    assert refused.value.code is Refusal.NOT_APPROVED
    assert refused.value.advice.tasks == (Task.APPROVE,)


@pytest.mark.parametrize("digest", ["", "9f2c41d08e77", PLAN.upper(), PLAN + "\n"])
def test_an_approval_of_nothing_in_particular_cannot_be_made_or_checked(digest: str) -> None:
    """An empty digest matches no empty digest."""
    with pytest.raises(ValueError, match="SHA-256"):
        Approval("aex", "2026-03-02T10:00:00+00:00", digest)
    with pytest.raises(ValueError, match="SHA-256"):
        check_approval(None, digest)
