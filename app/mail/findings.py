"""What a check has come across so far, beside its steps."""

from dataclasses import dataclass, field

from app.mail.connection import Connection
from app.mail.dial import Target
from app.mail.result import Fix
from app.mail.scout import Session


@dataclass(slots=True)
class Findings:
    """Filled step by step; ``certificate`` (DER) is one that only another connection has shown."""

    target: Target | None = None
    connection: Connection | None = None
    session: Session | None = None
    certificate: bytes | None = None
    fixes: list[Fix] = field(default_factory=list)

    @property
    def encrypted(self) -> bool:
        """Whether the connection is inside TLS."""
        return self.connection is not None and self.connection.encrypted

    @property
    def shown_certificate(self) -> bytes | None:
        """The server's certificate, on whichever connection it was shown."""
        return (self.connection.certificate if self.connection else None) or self.certificate
