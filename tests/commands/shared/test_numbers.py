"""Numbers on the command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.commands.shared.numbers import interval, read
from cnncli.errors import UsageError


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from(", ")
)
def test_what_is_written_is_read(numbers: list[float], between: str):
    assert read(between.join(map(repr, numbers)), "--at") == numbers


@given(st.text())
def test_any_text_is_numbers_or_a_usage_error(text: str):
    try:
        assert all(isinstance(number, float) for number in read(text, "--at"))
    except UsageError as error:
        assert "--at" in error.message


@pytest.mark.parametrize("text", ["1", "1,2,3", "2,1", "1,1", "1;2", "-inf,1"])
def test_an_interval_is_two_numbers_in_order(text: str):
    with pytest.raises(UsageError):
        interval(text, "--range")
    assert interval("-5, 5", "--range") == (-5, 5)
