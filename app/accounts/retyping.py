"""When a stored password may be used again, and when the person has to type it.

A stored password never goes to a new place: whoever can edit an account must not be able to read its password by
pointing the account at a server of their own.
"""

from app.accounts.details import AccountDetails
from app.mail.settings import ConnectionSecurity, ServerSettings

_STRENGTH = {ConnectionSecurity.NONE: 0, ConnectionSecurity.STARTTLS: 1, ConnectionSecurity.TLS: 2}


def passwords_to_retype(stored: AccountDetails, wanted: AccountDetails) -> frozenset[str]:
    """Return the names of the password fields whose stored value must not be used for ``wanted``."""
    needed = set()
    weaker = wanted.fast_mode and not stored.fast_mode
    checked = not wanted.fast_mode
    if weaker or _is_new_place(stored.imap, wanted.imap, checked=checked):
        needed.add("imap-password")
    if wanted.smtp_auth:
        smtp_moved = weaker or not stored.smtp_auth or _is_new_place(stored.smtp, wanted.smtp, checked=checked)
        if wanted.smtp_same_credentials:
            if smtp_moved or not stored.smtp_same_credentials:
                needed.add("imap-password")
        elif smtp_moved or stored.smtp_same_credentials:
            needed.add("smtp-password")
    return frozenset(needed)


def _is_new_place(stored: ServerSettings, wanted: ServerSettings, *, checked: bool) -> bool:
    moved = (stored.host, stored.port, stored.username) != (wanted.host, wanted.port, wanted.username)
    weaker = _STRENGTH[wanted.security] < _STRENGTH[stored.security]
    # Whoever holds the newly pinned certificate would be given the password.
    trusts_another = wanted.pin is not None and wanted.pin != stored.pin
    # In fast mode the pin was the only check there was.
    trusts_anybody = wanted.pin is None and stored.pin is not None and not checked
    return moved or weaker or trusts_another or trusts_anybody
