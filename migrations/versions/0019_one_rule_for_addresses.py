"""People are found by the rule by which accounts are: a domain is the same in letters and in A-labels

Who was added as x@żółw.pl was refused as x@xn--w-uga1v8h.pl, and a@faß.de counted as a@fass.de, another domain.
"""

import logging
import unicodedata
from collections import Counter
from collections.abc import Sequence

import idna
import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

USERS = sa.table("users", sa.column("id", sa.Integer), sa.column("email", sa.String), sa.column("email_key", sa.String))
_log = logging.getLogger("skrzynka.migrations")


def upgrade() -> None:
    _store(_key)


def downgrade() -> None:
    _store(lambda email: unicodedata.normalize("NFC", email.strip()).casefold())


def _store(key_of) -> None:
    connection = op.get_bind()
    people = connection.execute(sa.select(USERS).order_by(USERS.c.id)).all()
    keys = {it.id: key_of(it.email) for it in people}
    held, number = {it.email_key for it in people}, Counter(keys.values())
    waiting = [it for it in people if keys[it.id] != it.email_key]
    # A key may be free only when its holder has got another one.
    while free := [it for it in waiting if keys[it.id] not in held and number[keys[it.id]] == 1]:
        person = free[0]
        connection.execute(USERS.update().where(USERS.c.id == person.id).values(email_key=keys[person.id]))
        held = (held - {person.email_key}) | {keys[person.id]}
        waiting.remove(person)
    for it in waiting:
        _log.warning("%s is somebody else's address too; both stay as they were. Add that person anew.", it.email)


def _key(email: str) -> str:
    """Return what app.mail.address.address_key returned when this was written."""
    local, at, domain = unicodedata.normalize("NFC", email.strip()).rpartition("@")
    if not at:
        return domain.casefold()
    try:
        domain = idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        domain = domain.lower()
    return f"{local.casefold()}@{domain}"
