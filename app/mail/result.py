"""What a probe finds out: values only, and their JSON as `skrzynka check` prints it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from app.mail.outcomes import Outcome, Retry, retry_of
from app.mail.settings import Side

VERSION = 1


class StepName(StrEnum):
    """The steps of a check, in the order in which implicit TLS takes them."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    STARTTLS = "starttls"
    LOGIN = "login"
    INBOX = "inbox"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Step:
    """One finished step; ``ms`` is its own duration in milliseconds."""

    step: StepName
    ok: bool
    ms: float
    detail: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the step as the contract spells it."""
        return {"step": self.step.value, "ok": self.ok, "ms": round(self.ms, 1), "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server's certificate says; times are ISO 8601 in UTC, ``sha256`` is lower-case hex without colons."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Return the certificate as the contract spells it."""
        return {**asdict(self), "names": list(self.names)}


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that would probably help: form fields and the values they would get."""

    why: str
    set: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the fix as the contract spells it."""
        return {"why": self.why, "set": dict(self.set)}


@dataclass(frozen=True, slots=True)
class SideResult:
    """The verdict on one server, with everything that led to it."""

    outcome: Outcome
    steps: tuple[Step, ...]
    encrypted: bool
    server_text: str | None
    capabilities: tuple[str, ...]
    certificate: Certificate | None
    fixes: tuple[Fix, ...]

    @property
    def retry(self) -> Retry:
        """Who has to act before another try makes sense."""
        return retry_of(self.outcome)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as the contract spells it."""
        return {
            "outcome": self.outcome.value,
            "retry": self.retry.value,
            "steps": [step.to_json() for step in self.steps],
            "encrypted": self.encrypted,
            "server_text": self.server_text,
            "capabilities": list(self.capabilities),
            "certificate": self.certificate.to_json() if self.certificate else None,
            "fixes": [fix.to_json() for fix in self.fixes],
        }


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The verdicts on the sides that were asked for; ``elapsed_ms`` is wall-clock time in milliseconds."""

    elapsed_ms: float
    imap: SideResult | None
    smtp: SideResult | None

    @property
    def ok(self) -> bool:
        """Whether every side that was asked for works."""
        return all(side.outcome is Outcome.OK for side in (self.imap, self.smtp) if side is not None)

    def to_json(self) -> dict[str, Any]:
        """Return the whole answer; a side that was not asked for is left out."""
        answer: dict[str, Any] = {"version": VERSION, "ok": self.ok, "elapsed_ms": round(self.elapsed_ms, 1)}
        for side, result in ((Side.IMAP, self.imap), (Side.SMTP, self.smtp)):
            if result is not None:
                answer[side.value] = result.to_json()
        return answer


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step has just ended, well or badly."""

    side: Side
    step: Step


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """Nothing has happened for a second: a moment to see whether anybody still wants to know."""


@dataclass(frozen=True, slots=True)
class SideFinished:
    """A side has its verdict; it is the side's last event."""

    side: Side
    result: SideResult
