"""Which colour comes next."""

from app.accounts import PALETTE, unused


def test_colours_are_given_in_turn_and_then_the_rarest():
    assert unused([]) == PALETTE[0]
    assert unused([PALETTE[0], "#123456"]) == PALETTE[1]
    assert unused([*PALETTE, *PALETTE[:-1]]) == PALETTE[-1]
