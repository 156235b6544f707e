"""The tables: plain typed SQLAlchemy, no Flask."""

from app.models.account import Account
from app.models.base import SEALED, Base
from app.models.connection_test import ConnectionTest, Problem, TestState
from app.models.embed import EmbedClient, EmbedLink
from app.models.form_layout import FormLayout, FormLayoutVersion
from app.models.installation import Installation
from app.models.user import Role, SignInLink, User

__all__ = [
    "SEALED",
    "Account",
    "Base",
    "ConnectionTest",
    "EmbedClient",
    "EmbedLink",
    "FormLayout",
    "FormLayoutVersion",
    "Installation",
    "Problem",
    "Role",
    "SignInLink",
    "TestState",
    "User",
]
