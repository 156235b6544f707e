"""Settings from the environment: frozen, typed, and refused with one clear line when they make no sense."""

import base64
import binascii
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from app.mail.rules import AllowRule, NetworkRules
from app.mail.settings import ConnectionSecurity
from app.mail.usual_ports import PORT_SECURITY
from app.vault import KEY_BYTES, Vault, generate_key

LOCALES = ("en", "pl")
# Where nobody has said which.
LAST_RESORT_LOCALE = "pl"
# The database of providers that Thunderbird asks.
MOZILLA = "https://autoconfig.thunderbird.net/v1.1/"
# Linux holds 107 bytes of a socket's path, macOS 103.
SOCKET_PATH_BYTES = 103


class ConfigError(Exception):
    """The environment cannot be used; the message is one line for the operator."""


class NothingYet(ConfigError):
    """What the first start makes is not there."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the operator can say. Every default works on one machine."""

    host: str
    port: int
    data: Path
    database_url: str = field(repr=False)
    # None: the embedded queue.
    redis_url: str | None = field(repr=False)
    vault: Vault = field(repr=False)
    network: NetworkRules
    # Where the autoconfig database is; empty: nowhere.
    ispdb_url: str
    port_security: Mapping[int, ConnectionSecurity]
    locale: str | None
    # By its IANA name: whose clock pages and placeholders go by.
    timezone: str
    # Behind a proxy that ends TLS: its word about the client counts, and cookies travel encrypted only.
    behind_proxy: bool

    @property
    def queue_url(self) -> str:
        """The Redis URL of the job queue: the configured one, else the embedded server's socket."""
        return self.redis_url or f"unix://{quote(str(queue_socket(self.data)))}"

    @property
    def address(self) -> str:
        """Where people reach the web server; empty where that is not known: behind a proxy, or on all addresses."""
        return "" if self.behind_proxy or reachable(self.host) != self.host else url_of(self.host, self.port)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, *, make: bool = True) -> "Config":
        """Read ``SKRZYNKA_*``; makes the data folder (0700) and a key file in it. Raises ConfigError.

        Unless it is to ``make`` them: then NothingYet is raised where no key is told and there is no key file.
        """
        data = data_folder(environment) if make else data_folder_path(environment)
        locale = environment.get("SKRZYNKA_LOCALE", "").strip() or None
        if locale is not None and locale not in LOCALES:
            raise ConfigError(f"SKRZYNKA_LOCALE must be one of {', '.join(LOCALES)}, not {locale!r}.")
        return cls(
            host=environment.get("SKRZYNKA_HOST") or "127.0.0.1",
            port=_port("SKRZYNKA_PORT", environment.get("SKRZYNKA_PORT") or "5000"),
            data=data,
            database_url=_database_url(environment.get("SKRZYNKA_DATABASE_URL") or f"sqlite:///{data}/skrzynka.db"),
            redis_url=environment.get("SKRZYNKA_REDIS_URL") or None,
            vault=vault_from(environment, data, make=make),
            network=network_from(environment),
            ispdb_url=ispdb_url_from(environment),
            port_security=_port_security(environment.get("SKRZYNKA_PORT_SECURITY")),
            locale=locale,
            timezone=_timezone(environment.get("SKRZYNKA_TIMEZONE", "").strip() or "Europe/Warsaw"),
            behind_proxy=_flag("SKRZYNKA_BEHIND_PROXY", environment.get("SKRZYNKA_BEHIND_PROXY")),
        )


def reachable(host: str) -> str:
    """Return where this machine itself reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (read, not bound)


def url_of(host: str, port: int) -> str:
    """Return the address that a browser on this machine opens."""
    shown = reachable(host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def data_folder_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the data folder is, or will be."""
    return Path(environment.get("SKRZYNKA_DATA") or "var").resolve()


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the data folder, made if need be, open to its owner only. Raises ConfigError."""
    folder = data_folder_path(environment)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise ConfigError(f"The data folder {folder} cannot be used: {error.strerror}.") from error
    return folder


def queue_socket(data: Path) -> Path:
    """Return where the embedded queue server of ``data`` listens; only its owner can enter that folder."""
    socket = data / "queue" / "socket"
    if len(os.fsencode(socket)) <= SOCKET_PATH_BYTES:
        return socket
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"skrzynka-{os.getuid()}-{digest}" / "socket"


def network_from(environment: Mapping[str, str] = os.environ) -> NetworkRules:
    """Return what may be dialled, and how names are looked up. Raises ConfigError."""
    ca_file = environment.get("SKRZYNKA_CA_FILE") or None
    if ca_file is not None and not Path(ca_file).is_file():
        raise ConfigError(f"SKRZYNKA_CA_FILE: there is no file {ca_file}.")
    defaults = NetworkRules()
    return NetworkRules(
        allow=tuple(_allow_rule(item) for item in _items(environment.get("SKRZYNKA_ALLOW", ""))),
        ports=_ports(environment.get("SKRZYNKA_PORTS")) or defaults.ports,
        ca_file=ca_file,
        resolver=_resolver(environment.get("SKRZYNKA_RESOLVER")),
        require_encryption=_flag("SKRZYNKA_REQUIRE_ENCRYPTION", environment.get("SKRZYNKA_REQUIRE_ENCRYPTION")),
    )


def ispdb_url_from(environment: Mapping[str, str] = os.environ) -> str:
    """Return the base address of the autoconfig database: Mozilla's unless it is set; set to nothing there is none.

    Raises ConfigError.
    """
    url = environment.get("SKRZYNKA_ISPDB_URL", MOZILLA).strip()
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme == "https" and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        good = False
    if not good:
        raise ConfigError(f"SKRZYNKA_ISPDB_URL must be an address that begins with https://, or empty, not {url!r}.")
    return url


def vault_from(environment: Mapping[str, str], data: Path, *, make: bool) -> Vault:
    """Return the vault of ``SKRZYNKA_KEYS``, else of the key file in ``data``, made at the first start."""
    written = environment.get("SKRZYNKA_KEYS", "").strip()
    return Vault(_keys("SKRZYNKA_KEYS", written) if written else _keys_from_file(data / "keys", make=make))


def _keys_from_file(path: Path, *, make: bool) -> dict[str, bytes]:
    if not (make or path.exists()):
        raise NothingYet(f"There is no key file {path} (SKRZYNKA_DATA); the first `skrzynka migrate` makes it.")
    try:
        # O_EXCL: of two processes that start together one makes the file and the other reads it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _keys(str(path), path.read_text().strip())
    except OSError as error:
        raise ConfigError(f"The key file {path} cannot be written: {error.strerror}.") from error
    key = generate_key()
    with os.fdopen(descriptor, "w") as file:
        file.write(f"k1={base64.b64encode(key).decode()}\n")
    return {"k1": key}


def _keys(source: str, text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for item in _items(text.replace("\n", ",")):
        key_id, _, encoded = item.partition("=")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not key_id.isalnum() or key_id in keys or len(key) != KEY_BYTES:
            # The item itself is a secret and stays out of the message.
            raise ConfigError(f"{source} must be kid=base64,... of {KEY_BYTES} bytes; item {len(keys) + 1} is not.")
        keys[key_id] = key
    if not keys:
        raise ConfigError(f"{source} holds no key.")
    return keys


def _database_url(url: str) -> str:
    # psycopg 3 is the driver that is installed; a bare postgresql:// would look for psycopg2.
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _allow_rule(item: str) -> AllowRule:
    try:
        return AllowRule.parse(item)
    except ValueError as error:
        raise ConfigError(f"SKRZYNKA_ALLOW: {item!r} is not WHO:PORTS ({error}).") from error


def _resolver(text: str | None) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    return host.strip("[]"), _port("SKRZYNKA_RESOLVER", port)


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        # What is wrong depends on what it looks like: a path, a folder of zones, or no such name.
        raise ConfigError(f"SKRZYNKA_TIMEZONE must be a time zone such as Europe/Warsaw, not {name!r}.") from error
    return name


def _port_security(text: str | None) -> Mapping[int, ConnectionSecurity]:
    if not text:
        return PORT_SECURITY
    table: dict[int, ConnectionSecurity] = {}
    for item in _items(text):
        port, _, security = item.partition("=")
        if security.strip() not in list(ConnectionSecurity):
            raise ConfigError(f"SKRZYNKA_PORT_SECURITY: {item!r} is not PORT=tls, PORT=starttls or PORT=none.")
        table[_port("SKRZYNKA_PORT_SECURITY", port)] = ConnectionSecurity(security.strip())
    return table


def _ports(text: str | None) -> frozenset[int]:
    return frozenset(_port("SKRZYNKA_PORTS", item) for item in _items(text or ""))


def _port(name: str, text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ConfigError(f"{name} needs a port from 1 to 65535, not {text!r}.")
    return int(text)


def _flag(name: str, text: str | None) -> bool:
    if text in (None, "", "0"):
        return False
    if text == "1":
        return True
    raise ConfigError(f"{name} must be 0 or 1, not {text!r}.")


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]
