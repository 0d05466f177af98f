from __future__ import annotations

import copy
import typing as t

from hypothesis import given
from hypothesis import strategies as st
from target_amplitude.collapse import collapse, merge_fields, merge_operations
from target_amplitude.fields import RESET_TOGETHER
from target_amplitude.lanes import assign_lanes, halve, spread
from target_amplitude.updates import Operations, Source, Update

SEED = {"set": 0, "once": 0, "pre": ["x"], "post": ["y"], "gone": ["a", "x"], "old": 1, "other": 1}


def update(user: str | None, device: str | None = None, position: int = 0, **operations: t.Any) -> Update:
    named = {f"${name}": value for name, value in operations.items()}
    source = Source("p", {"id": user}, {}, position, {})
    return Update(user, device, named, {}, f"i{position}", (source,))


def apply(state: dict[str, t.Any], operations: Operations) -> dict[str, t.Any]:
    """What the documentation says each operation does."""
    state = copy.deepcopy(state)
    for operation, values in operations.items():
        for name, value in values.items():
            items = value if isinstance(value, list) else [value]
            present = state[name] if isinstance(state.get(name), list) else []
            new = [item for place, item in enumerate(items) if item not in present and item not in items[:place]]
            if operation == "$set":
                state[name] = value
            elif operation == "$setOnce":
                state.setdefault(name, value)
            elif operation == "$unset":
                state.pop(name, None)
            elif operation == "$preInsert":
                state[name] = new + present
            elif operation == "$postInsert":
                state[name] = present + new
            else:
                assert operation == "$remove"
                state[name] = [item for item in present if item not in items]
    return state


items = st.lists(st.sampled_from("abcx"), min_size=1, max_size=3)


@st.composite
def operations(draw: st.DrawFn) -> Operations:
    found: Operations = {}
    if draw(st.booleans()):
        found["$set" if draw(st.booleans()) else "$unset"] = {"set": draw(st.integers(0, 3))}
    if draw(st.booleans()):
        found["$setOnce"] = {"once": draw(st.integers(0, 3))}
    for operation, name in (("$preInsert", "pre"), ("$postInsert", "post"), ("$remove", "gone")):
        if draw(st.booleans()):
            found[operation] = {name: draw(items)}
    if draw(st.booleans()):
        found.setdefault("$unset", {})["old"] = "-"
    return found


@given(
    st.lists(operations(), min_size=1, max_size=5),
    st.lists(st.sampled_from(sorted(SEED)), unique=True),
)
def test_merged_operations_do_what_the_single_ones_do(sequence: list[Operations], absent: list[str]) -> None:
    start = {name: value for name, value in SEED.items() if name not in absent}
    one_by_one = start
    merged: Operations = {}
    for step in sequence:
        one_by_one = apply(one_by_one, step)
        merged = merge_operations(merged, step)
    assert apply(start, merged) == one_by_one
    names = [name for values in merged.values() for name in values]
    assert len(names) == len(set(names)), "one property under two operations"


def test_clear_all_swallows_what_came_before() -> None:
    assert merge_operations({"$clearAll": "-"}, {"$clearAll": "-"}) == {"$clearAll": "-"}


def test_true_is_not_one() -> None:
    merged = merge_operations({"$postInsert": {"p": [1]}}, {"$postInsert": {"p": [True, 1]}})
    assert repr(merged) == "{'$postInsert': {'p': [1, True]}}"


FIELDS = ["country", "city", "platform", "carrier", "language"]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from("abc")), max_size=4))
def test_merged_fields_respect_what_is_reset_together(sequence: list[dict[str, str]]) -> None:
    def send(state: dict[str, str], fields: dict[str, str]) -> dict[str, str]:
        touched = [group for group in RESET_TOGETHER if any(name in fields for name in group)]
        kept = {name: value for name, value in state.items() if not any(name in group for group in touched)}
        return {**kept, **fields}

    start = {"country": "x", "city": "x", "carrier": "x", "language": "x"}
    state, merged = start, dict[str, str]()
    for fields in sequence:
        state = send(state, fields)
        merged = merge_fields(merged, fields)
    assert send(start, merged) == state


def test_neighbours_of_one_user_become_one() -> None:
    updates = [
        update("a", position=0, set={"p": 1, "q": 1}),
        update("b", position=1, set={"p": 1}),
        update("a", position=2, set={"p": 2}),
        update("a", position=3, unset={"q": "-"}),
    ]
    first, second = collapse(updates)
    assert (first.user_id, first.operations, first.insert_id) == ("a", {"$set": {"p": 2}, "$unset": {"q": "-"}}, "i3")
    assert [source.position for source in first.sources] == [0, 2, 3]
    assert list(first.parts) == [updates[0], updates[2], updates[3]]
    assert second is updates[1]


def test_what_must_not_be_repeated_stays_alone() -> None:
    updates = [update("a", add={"n": 1}), update("a", add={"n": 1}), update("a", set={"p": 1})]
    assert collapse(updates) == updates


def test_another_device_in_between_keeps_the_order() -> None:
    updates = [
        update("a", "d1", 0, set={"p": 1}),
        update("a", "d2", 1, set={"p": 2}),
        update("a", "d1", 2, set={"p": 3}),
    ]
    assert collapse(updates) == updates


def test_another_user_of_the_device_in_between_keeps_the_order() -> None:
    updates = [update("a", "d"), update("b", "d"), update("a", "d")]
    assert collapse(updates) == updates


identities = st.tuples(st.sampled_from(["u1", "u2", "u3", None]), st.sampled_from(["d1", "d2", "d3", None])).filter(any)


@given(st.lists(identities, max_size=14), st.integers(1, 4))
def test_lanes_keep_order_and_lose_nothing(pairs: list[tuple[str | None, str | None]], shares: int) -> None:
    updates = [update(user, device, place) for place, (user, device) in enumerate(pairs)]
    assign_lanes(updates)
    dealt = spread(updates, shares)
    assert sorted(item.insert_id for share in dealt for item in share) == sorted(item.insert_id for item in updates)
    homes = {item.insert_id: place for place, share in enumerate(dealt) for item in share}
    for one in updates:
        for other in updates:
            linked = (one.user_id and one.user_id == other.user_id) or (
                one.device_id and one.device_id == other.device_id
            )
            if linked:
                assert one.lane == other.lane
                assert homes[one.insert_id] == homes[other.insert_id]
    for share in dealt:
        positions = [item.sources[0].position for item in share]
        assert positions == sorted(positions)


def test_unlinked_users_have_lanes_of_their_own() -> None:
    updates = [update("a"), update("b"), update("a")]
    assign_lanes(updates)
    assert [item.lane for item in updates] == [0, 1, 0]


def test_a_late_link_joins_lanes() -> None:
    updates = [update("a"), update(None, "d"), update("a", "d")]
    assign_lanes(updates)
    assert {item.lane for item in updates} == {0}


def test_halves() -> None:
    updates = [update(name) for name in "aabbccdd"]
    assign_lanes(updates)
    for item in updates:
        item.encoded = b"x"
    left, right = halve(updates)
    assert [item.user_id for item in left] == ["a", "a", "c", "c"]
    assert [item.user_id for item in right] == ["b", "b", "d", "d"]
    left, right = halve(updates[:2])
    assert (left, right) == (updates[:1], updates[1:2])
