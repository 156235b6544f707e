"""Layouts by what differs from the built-in one, and a queue without workers."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.form_layouts import BUILT_IN, Layout
from app.models import FormLayout, Role
from tests import cast


def changed(layout: Layout = BUILT_IN, **fields: dict[str, object]) -> Layout:
    """Return ``layout`` with other settings (``imap_host`` for ``imap-host``)."""
    for name, settings in fields.items():
        layout = layout.with_place(replace(layout.by_name[name.replace("_", "-")], **settings))
    return layout


@pytest.fixture
def lay_out(session: Session) -> Callable[..., FormLayout]:
    """Put a layout in force: what is to differ, by field."""

    def put(layout: Layout = BUILT_IN, role: Role | None = None, **fields: dict[str, object]) -> FormLayout:
        return cast.form_layout(session, changed(layout, **fields), role=role)

    return put


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr("app.extensions.JobQueue.enqueue", lambda _self, _function, *ids: calls.append(ids))
    return calls
