"""The addresses of the routes, compiled once for all apps of a process.

Each test has an app of its own, with the same routes. werkzeug writes, for each of them, two programs that build its
address; that is nine tenths of the making of an app, and was a quarter of the time of these tests.
"""

from collections.abc import Callable

import pytest
from werkzeug.routing import Rule


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let a rule use the program that was written for another one just like it."""
    compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        # A program looks up its rule's converters when it runs; only what they make of defaults stands in it.
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        like = rule.rule, tuple(rule._trace), append_unknown
        if like not in compiled:
            compiled[like] = compile_builder(rule, append_unknown)
        return compiled[like]

    patch.setattr(Rule, "_compile_builder", remembered)
