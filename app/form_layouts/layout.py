"""The list and order of the fields, as a value."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from app.form_layouts.catalog import CATALOG, FieldSpec, Section


class Visibility(StrEnum):
    """Whether a field is shown at once, waits behind "Show additional data", or is not in the form."""

    SHOWN = "shown"
    ADDITIONAL = "additional"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Words:
    """A text that replaces ours, by language; empty: ours stands."""

    en: str = ""
    pl: str = ""

    def of(self, language: str) -> str:
        """Return the text for ``language``, or an empty one."""
        return self.pl if language == "pl" else self.en


NO_WORDS = Words()


@dataclass(frozen=True, slots=True)
class Placement:
    """One field in its place. ``default`` is as an admin typed it: a value, or a template over the address."""

    field: FieldSpec
    visibility: Visibility = Visibility.SHOWN
    label: Words = NO_WORDS
    hint: Words = NO_WORDS
    default: str | None = None
    required: bool = False
    read_only: bool = False

    @property
    def additional(self) -> bool:
        """Whether it waits behind "Show additional data"."""
        return self.visibility is Visibility.ADDITIONAL

    @property
    def hidden(self) -> bool:
        """Whether it is not in the form."""
        return self.visibility is Visibility.HIDDEN

    @property
    def fixed(self) -> bool:
        """Whether nobody can type into it."""
        return self.hidden or self.read_only

    @property
    def is_required(self) -> bool:
        """Whether the form cannot be saved while it is empty."""
        return self.field.required or self.required


@dataclass(frozen=True, slots=True)
class Part:
    """One section with its fields in order, hidden ones among them."""

    section: Section
    places: tuple[Placement, ...]
    title: Words = NO_WORDS


@dataclass(frozen=True)
class Layout:
    """All sections in order, each with its fields in order; together they hold every field of the catalog once."""

    sections: tuple[Part, ...]

    @cached_property
    def by_name(self) -> dict[str, Placement]:
        """Every placement by the name of its field."""
        return {place.field.name: place for place in self.places}

    @property
    def places(self) -> Iterator[Placement]:
        """Every placement, in order."""
        return (place for part in self.sections for place in part.places)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all fields that the form shows under this layout."""
        return frozenset(place.field.name for place in self.places if not place.hidden)

    @cached_property
    def additional_names(self) -> frozenset[str]:
        """The names of the fields behind "Show additional data"."""
        return frozenset(place.field.name for place in self.places if place.additional)

    @cached_property
    def read_only_names(self) -> frozenset[str]:
        """The names of the fields that are shown, but not listened to."""
        return frozenset(place.field.name for place in self.places if place.read_only and not place.hidden)

    @cached_property
    def defaults(self) -> dict[str, str]:
        """Every default by the name of its field."""
        return {place.field.name: place.default for place in self.places if place.default is not None}

    @cached_property
    def is_built_in(self) -> bool:
        """Whether this is the form as it comes."""
        return self == BUILT_IN

    def asked(self, *, additional: bool) -> frozenset[str]:
        """Return the names of the fields that the form listens to, with or without the additional data."""
        asked = self.names - self.read_only_names
        return asked if additional else asked - self.additional_names

    def with_place(self, place: Placement) -> "Layout":
        """Return the layout with ``place`` instead of the one of the same field."""
        name = place.field.name
        return Layout(
            tuple(
                replace(part, places=tuple(place if old.field.name == name else old for old in part.places))
                for part in self.sections
            )
        )


def built_in_place(spec: FieldSpec) -> Placement:
    """Return ``spec`` as the form shows it when nobody has said anything about it."""
    return Placement(spec, Visibility.ADDITIONAL if spec.section is Section.ADVANCED else Visibility.SHOWN)


BUILT_IN = Layout(
    tuple(
        Part(section, tuple(built_in_place(spec) for spec in CATALOG if spec.section is section)) for section in Section
    )
)
