"""The tables: plain typed SQLAlchemy, no Flask."""

from app.models.account import Account
from app.models.base import SEALED, Base
from app.models.connection_test import ConnectionTest, Problem, TestState
from app.models.embed import EmbedClient, EmbedLink
from app.models.fetch_state import FetchDefaults, FetchState, ListedSender
from app.models.fetched import Folder, Message, MessageChunk, Placement, Trouble
from app.models.form_layout import FormLayout, FormLayoutVersion
from app.models.installation import Installation
from app.models.lookup import Lookup
from app.models.outgoing import (
    AttachmentChunk,
    CopyHold,
    CopyState,
    Hindrance,
    MessageState,
    OutgoingAttachment,
    OutgoingImage,
    OutgoingMessage,
    OutgoingRecipient,
    RecipientKind,
    RecipientState,
    StationeryChoice,
)
from app.models.round_trip import RoundTrip, RoundTripState
from app.models.stationery import Stationery, StationeryImage, StationerySketch
from app.models.user import Role, SignInLink, User

__all__ = [
    "SEALED",
    "Account",
    "AttachmentChunk",
    "Base",
    "ConnectionTest",
    "CopyHold",
    "CopyState",
    "EmbedClient",
    "EmbedLink",
    "FetchDefaults",
    "FetchState",
    "Folder",
    "FormLayout",
    "FormLayoutVersion",
    "Hindrance",
    "Installation",
    "ListedSender",
    "Lookup",
    "Message",
    "MessageChunk",
    "MessageState",
    "OutgoingAttachment",
    "OutgoingImage",
    "OutgoingMessage",
    "OutgoingRecipient",
    "Placement",
    "Problem",
    "RecipientKind",
    "RecipientState",
    "Role",
    "RoundTrip",
    "RoundTripState",
    "SignInLink",
    "Stationery",
    "StationeryChoice",
    "StationeryImage",
    "StationerySketch",
    "TestState",
    "Trouble",
    "User",
]
