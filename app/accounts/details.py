"""Everything a person says about an account, as one value."""

from dataclasses import dataclass, field, fields
from typing import Any, Self

from app.mail.settings import ConnectionSecurity, ProbeRequest, ServerSettings, Side

_SECRETS = frozenset({"imap_password", "smtp_password"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """The values of the form, checked. A password of None was not typed: a stored one, if there is one, is meant.

    A pin is the SHA-256 (lower-case hex) of the one certificate to trust at that host and port.
    """

    name: str
    email: str
    colour: str
    imap_host: str
    imap_port: int
    imap_security: ConnectionSecurity
    imap_username: str
    imap_password: str | None = field(default=None, repr=False)
    imap_pin: str | None = None
    fast_mode: bool = False
    smtp_host: str
    smtp_port: int
    smtp_security: ConnectionSecurity
    smtp_auth: bool = True
    smtp_same_credentials: bool = True
    smtp_username: str = ""
    smtp_password: str | None = field(default=None, repr=False)
    smtp_pin: str | None = None
    # The id of a stationery, as the form sends it; empty: the default, if there is one.
    stationery: str = ""
    active: bool = True

    @property
    def smtp_has_own_credentials(self) -> bool:
        """Whether the outgoing server is given a user name and a password of its own."""
        return self.smtp_auth and not self.smtp_same_credentials

    @property
    def imap(self) -> ServerSettings:
        """The incoming server as the probe wants it."""
        return ServerSettings(
            host=self.imap_host,
            port=self.imap_port,
            security=self.imap_security,
            username=self.imap_username,
            password=self.imap_password or "",
            pin=self.imap_pin,
        )

    @property
    def way_to_mail(self) -> tuple[ServerSettings, bool, bool]:
        """What decides whether mail can be fetched: the incoming server, fast mode, and whether it is active."""
        return self.imap, self.fast_mode, self.active

    @property
    def smtp(self) -> ServerSettings:
        """The outgoing server as the probe wants it, with the credentials that it will really be given."""
        username, password = "", ""
        if self.smtp_has_own_credentials:
            username, password = self.smtp_username, self.smtp_password or ""
        elif self.smtp_auth:
            username, password = self.imap_username, self.imap_password or ""
        return ServerSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            username=username,
            password=password,
            auth=self.smtp_auth,
            sender=self.email,
            pin=self.smtp_pin,
        )

    def server(self, side: Side) -> ServerSettings:
        """Return one of the two servers as the probe wants it."""
        return self.imap if side is Side.IMAP else self.smtp

    @property
    def probe_request(self) -> ProbeRequest:
        """Both sides, as the probe wants them."""
        return ProbeRequest(self.imap, self.smtp, self.fast_mode, address=self.email)

    @property
    def spaced_passwords(self) -> frozenset[str]:
        """The names of the password fields whose value begins or ends with a space: allowed, and mostly a slip."""
        typed = {"imap-password": self.imap_password, "smtp-password": self.smtp_password}
        return frozenset(name for name, secret in typed.items() if secret and secret != secret.strip())

    def to_json(self) -> dict[str, Any]:
        """Return the details under their field names, without passwords."""
        return {_key(item.name): getattr(self, item.name) for item in fields(self) if item.name not in _SECRETS}

    @classmethod
    def from_json(cls, values: dict[str, Any], *, imap_password: str | None, smtp_password: str | None) -> Self:
        """Return the details that ``to_json`` wrote, with passwords put back."""
        # What an older release wrote has no word of what came later; that has its default.
        known = [item.name for item in fields(cls) if item.name not in _SECRETS and _key(item.name) in values]
        plain = {name: values[_key(name)] for name in known}
        plain["imap_security"] = ConnectionSecurity(plain["imap_security"])
        plain["smtp_security"] = ConnectionSecurity(plain["smtp_security"])
        return cls(**plain, imap_password=imap_password, smtp_password=smtp_password)


def _key(attribute: str) -> str:
    return attribute.replace("_", "-")
