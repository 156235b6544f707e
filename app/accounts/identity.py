"""When two addresses are the same."""

import idna


def address_key(email: str) -> str:
    """Return the one spelling of ``email`` that is compared.

    RFC 5321 leaves the case of the part before the @ to its host; no host in use tells ``Anna@`` from ``anna@``.
    """
    local, _, domain = email.rpartition("@")
    try:
        domain = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        domain = domain.lower()  # not a name that DNS knows; it is compared as typed
    return f"{local.casefold()}@{domain}"
