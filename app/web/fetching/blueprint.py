"""The blueprint that the modules of this folder hang their routes on."""

from typing import Any

from flask import Blueprint, request

blueprint = Blueprint("fetching", __name__, url_prefix="/fetching")

# A list of senders as it may be typed, in bytes, and a file beside it. What is a little too long gets a sentence
# beside its field, not a page of its own.
_LARGEST_TEXT = 8 * 1024 * 1024
_LARGEST_FORM = 16 * 1024 * 1024


@blueprint.app_url_value_preprocessor
def _let_lists_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Here, because the check of the token reads the form, before any view is asked.
    if endpoint == f"{blueprint.name}.choose":
        request.max_content_length = _LARGEST_FORM
        request.max_form_memory_size = _LARGEST_TEXT
