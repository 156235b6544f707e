"""Reading layouts, and which of them is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.form_layouts.layout import BUILT_IN, Layout
from app.form_layouts.schema import from_stored
from app.models import FormLayout, FormLayoutVersion, Role

# A version never changes, so what was made of it is true for as long as the process runs.
_made: dict[str, Layout] = {}
_MOST_MADE = 256


class LayoutNotFound(Exception):
    """There is no such layout, or no such version of it."""


class Reason(StrEnum):
    """Why a layout is in force."""

    CLIENT = "client"
    ROLE = "role"
    EVERYBODY = "everybody"
    BUILT_IN = "built_in"


@dataclass(frozen=True, slots=True)
class InForce:
    """The layout that somebody's form has, and why. ``version_id`` is empty for the built-in one."""

    layout: Layout
    reason: Reason
    version_id: str = ""
    name: str = ""
    layout_id: int | None = None


def in_force(session: Session, *, role: Role | None = None, chosen: int | None = None) -> InForce:
    """Return the layout of a form: the ``chosen`` one of an embed client, else the first that fits ``role``.

    Without a role only what is for everybody fits; without anything that fits the built-in layout is in force.
    """
    current = FormLayoutVersion.number == FormLayout.version
    wanted = (FormLayout.id == chosen).desc() if chosen is not None else FormLayout.position
    rows = session.execute(
        select(FormLayout.id, FormLayout.name, FormLayout.role, FormLayout.for_clients, FormLayoutVersion.id)
        .join(FormLayoutVersion, (FormLayoutVersion.layout_id == FormLayout.id) & current)
        .order_by(wanted, FormLayout.position, FormLayout.id)
    )
    for layout_id, name, for_role, for_clients, version_id in rows:
        if layout_id == chosen or (not for_clients and for_role in (None, role)):
            layout = find_by_version_id(session, version_id)
            reason = Reason.CLIENT if layout_id == chosen else _reason(for_role)
            return InForce(layout or BUILT_IN, reason, version_id, name, layout_id)
    return InForce(BUILT_IN, Reason.BUILT_IN)


def find_by_version_id(session: Session, version_id: str) -> Layout | None:
    """Return the layout of this version, or None. Asks the database once per version and process."""
    if version_id not in _made:
        version = session.get(FormLayoutVersion, version_id) if version_id.isprintable() else None
        if version is None:
            return None
        if len(_made) >= _MOST_MADE:
            _made.clear()
        _made[version_id] = from_stored(version.sections)
    return _made[version_id]


def list_all(session: Session) -> Sequence[FormLayout]:
    """Return all layouts in the order in which they are tried."""
    return session.scalars(select(FormLayout).order_by(FormLayout.position, FormLayout.id)).all()


def get(session: Session, layout_id: int) -> FormLayout:
    """Return a layout. Raises LayoutNotFound."""
    found = session.get(FormLayout, layout_id)
    if found is None:
        raise LayoutNotFound(layout_id)
    return found


def list_versions(session: Session, layout: FormLayout) -> Sequence[FormLayoutVersion]:
    """Return all versions, the newest first."""
    of_layout = FormLayoutVersion.layout_id == layout.id
    return session.scalars(select(FormLayoutVersion).where(of_layout).order_by(FormLayoutVersion.number.desc())).all()


def get_version(session: Session, layout: FormLayout, number: int) -> FormLayoutVersion:
    """Return one version. Raises LayoutNotFound."""
    of_layout = FormLayoutVersion.layout_id == layout.id
    found = session.scalars(
        select(FormLayoutVersion).where(of_layout, FormLayoutVersion.number == number)
    ).one_or_none()
    if found is None:
        raise LayoutNotFound(f"{layout.id}, version {number}")
    return found


def content(session: Session, layout: FormLayout) -> Layout:
    """Return what ``layout`` says at present."""
    return from_stored(get_version(session, layout, layout.version).sections)


def _reason(role: Role | None) -> Reason:
    return Reason.EVERYBODY if role is None else Reason.ROLE
