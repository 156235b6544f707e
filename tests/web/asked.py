"""Which of the fields that were sent an app looks for: a value that nobody looks at cannot do anything."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict

# These look for the one field that they are told, the others go through all that was sent.
_ONE = ("__contains__", "__getitem__", "getlist")
_ALL = ("__iter__", "copy", "deepcopy", "items", "keys", "lists", "listvalues", "to_dict", "values")


class Asked:
    """The fields that ``app`` has looked for, in forms and queries, of those that have these ``names``."""

    def __init__(self, app: Flask, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._found: set[str] = set()
        methods = {name: self._noting(ImmutableMultiDict, name) for name in (*_ONE, *_ALL)}
        form = type("NotedForm", (ImmutableMultiDict,), methods)
        body = {"get_data": self._noting(Request, "get_data")}
        app.request_class = type("NotedRequest", (Request,), {"parameter_storage_class": form} | body)

    def next(self, after: set[str]) -> str | None:
        """Return the first that was looked for and is not in ``after``, or None."""
        return next((name for name in self._names if name in self._found - after), None)

    def forget(self) -> None:
        """Begin anew."""
        self._found.clear()

    def _noting(self, owner: type, method: str) -> Callable[..., object]:
        original = getattr(owner, method)

        def note(it: object, *args: Any, **options: Any) -> object:
            self._found.update({args[0]} if method in _ONE else self._names)
            return original(it, *args, **options)

        return note
