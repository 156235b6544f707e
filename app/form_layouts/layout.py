"""The list and order of the fields, as a value."""

from dataclasses import dataclass

from app.form_layouts.catalog import CATALOG, FieldSpec, Section


@dataclass(frozen=True, slots=True)
class Placement:
    """One field in its place; an additional one waits behind "Show additional data"."""

    field: FieldSpec
    additional: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Sections in order, each with its fields in order."""

    sections: tuple[tuple[Section, tuple[Placement, ...]], ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of all fields that the form has under this layout."""
        return frozenset(place.field.name for _, places in self.sections for place in places)

    @property
    def additional_names(self) -> frozenset[str]:
        """The names of the fields behind "Show additional data"."""
        return frozenset(place.field.name for _, places in self.sections for place in places if place.additional)


BUILT_IN = Layout(
    tuple(
        (
            section,
            tuple(
                Placement(spec, additional=section is Section.ADVANCED) for spec in CATALOG if spec.section is section
            ),
        )
        for section in Section
    )
)
