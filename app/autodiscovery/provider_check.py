"""Whether the servers of providers are still there: each is greeted, nobody logs in. It takes the network."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from app.autodiscovery.provider_file import Provider, Server
from app.mail.deadline import Deadline
from app.mail.dial import resolve
from app.mail.failures import StepFailed
from app.mail.knocking import Answer, knock_at
from app.mail.outcomes import Outcome
from app.mail.rules import NetworkRules
from app.mail.settings import Side

# Many doors of one provider are few for it, and sixteen at a time are few for us.
AT_A_TIME = 16
DOOR_SECONDS = 20.0

_UNKNOWN = {Outcome.DNS_NOT_FOUND: "has no address", Outcome.HOST_NOT_ALLOWED: "may not be dialled"}
_ANSWERS = {Answer.NONE: "does not answer", Answer.DOUBTFUL: "has a certificate that cannot be trusted"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one provider: how many servers were asked and answered, what is wrong, a sentence for each.

    Those with a certificate that cannot be trusted have answered.
    """

    provider: Provider
    asked: int
    heard: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Knocked:
    heard: bool
    wrong: str | None


def check_providers(providers: Sequence[Provider], rules: NetworkRules) -> Iterator[Answered]:
    """Ask the servers that are the same for all customers, each once; return what came of each provider, in order."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        asked: dict[tuple[Side, Server], Future[_Knocked]] = {}
        for door in (door for provider in providers for door in _doors(provider)):
            if door not in asked:
                asked[door] = pool.submit(_knock, *door, rules)
        for provider in providers:
            knocked = [asked[door].result() for door in _doors(provider)]
            wrong = tuple(each.wrong for each in knocked if each.wrong is not None)
            yield Answered(provider, len(knocked), sum(each.heard for each in knocked), wrong)


def _doors(provider: Provider) -> list[tuple[Side, Server]]:
    return [(side, server) for side in Side for server in provider.servers[side] if server.is_fixed]


def _knock(side: Side, server: Server, rules: NetworkRules) -> _Knocked:
    name = f"{side.value} {server.host}:{server.port} ({server.security.value})"
    with Deadline(DOOR_SECONDS) as deadline:
        try:
            target = resolve(server.host, server.port, rules, deadline)
        except StepFailed as failure:
            return _Knocked(False, f"{name} {_UNKNOWN.get(failure.outcome, 'could not be looked up')}")
        answer = knock_at(side, target, server.security, rules.ca_file, deadline)
    return _Knocked(answer is not Answer.NONE, None if answer is Answer.GOOD else f"{name} {_ANSWERS[answer]}")
