"""Which fields the form has, in what order, and which stand behind "Show additional data"."""

from app.form_layouts.catalog import CATALOG, FIELD_NAMES, FieldSpec, Kind, Section
from app.form_layouts.layout import BUILT_IN, Layout, Placement

__all__ = ["BUILT_IN", "CATALOG", "FIELD_NAMES", "FieldSpec", "Kind", "Layout", "Placement", "Section"]
