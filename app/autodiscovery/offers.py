"""What one source says about one address: the ways to reach its servers, and what to know of the provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.autodiscovery.suggest import Source
from app.mail.settings import ConnectionSecurity, Side

# More than anybody would look through, and than any provider has.
MOST_WAYS = 12


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach one side, as it would be typed; ``username`` is the resolved text, empty if it is not known."""

    host: str
    port: int
    security: ConnectionSecurity
    username: str
    auth: bool = True


@dataclass(frozen=True, slots=True)
class ProviderNote:
    """What a person has to know before a password is typed.

    ``imap_switch``: IMAP has to be switched on by hand. ``oauth_only``: one side at least takes no password; which one,
    an offer says. ``local_part``: the user name is what stands before the @.
    ``texts`` are the codes of further notes; the sentences live in the web edge. ``instructions`` are the provider's
    own words by language, under "" where none is named: plain text, which anybody may have written.
    """

    name: str
    app_password: bool = False
    imap_switch: bool = False
    oauth_only: bool = False
    local_part: bool = False
    help_url: str | None = None
    texts: tuple[str, ...] = ()
    instructions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """What one source says. ``ways`` are best first, ``MOST_WAYS`` at most; a side may have none.

    Which is best the source says by its order, but no way without encryption comes before one with it: a list that
    begins with the former is old, or somebody wants to read along.

    ``closed``: no mail program is let in, which is an answer about both sides: whoever ranks below cannot know better.
    ``oauth_only`` names the sides for which the source knows nothing but OAuth 2, ``unproven`` those whose server did
    not prove its name with a certificate when it was greeted: what was guessed there is a guess still. ``denied`` are
    the sides of which the domain says that it does not offer them, ``unheard`` those of which nothing is known because
    somebody was silent; the latter is of the moment, and not kept. ``led_by`` is the host of another organisation to
    which the domain has handed on its configuration, the first one if there were several.
    """

    source: Source
    ways: Mapping[Side, tuple[Way, ...]]
    provider: ProviderNote | None = None
    closed: bool = False
    oauth_only: frozenset[Side] = field(default_factory=frozenset)
    unproven: frozenset[Side] = field(default_factory=frozenset)
    denied: frozenset[Side] = field(default_factory=frozenset)
    unheard: frozenset[Side] = field(default_factory=frozenset)
    led_by: str = ""

    def __post_init__(self) -> None:
        """Put the ways into their order."""
        ordered = {side: tuple(sorted(ways, key=_is_in_clear))[:MOST_WAYS] for side, ways in self.ways.items()}
        object.__setattr__(self, "ways", ordered)

    def source_of(self, side: Side) -> Source:
        """Return where the ways of one side came from."""
        return Source.GUESS if side in self.unproven else self.source


def _is_in_clear(way: Way) -> bool:
    return way.security is ConnectionSecurity.NONE
