"""What the operator lets the process dial."""

import ipaddress
from dataclasses import dataclass

from app.mail.guard import IpAddress, is_public, unwrapped


@dataclass(frozen=True, slots=True)
class AllowRule:
    """One ``WHO:PORTS`` of ``SKRZYNKA_ALLOW``: a name, or a network, and one port or (None) those of the rules."""

    name: str | None
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "AllowRule":
        """Read ``127.0.0.0/8:*``, ``[fd00::/8]:993`` or ``mail.lan:993``. Raises ValueError."""
        who, separator, ports = text.rpartition(":")
        if not separator or not who:
            raise ValueError("the ports are missing")
        if ports != "*" and not (ports.isdigit() and 1 <= int(ports) <= 65535):
            raise ValueError("PORTS is one port or *")
        port = None if ports == "*" else int(ports)
        if who.startswith("[") and who.endswith("]"):
            return cls(None, ipaddress.IPv6Network(who[1:-1], strict=False), port)
        try:
            return cls(None, ipaddress.ip_network(who, strict=False), port)
        except ValueError:
            if "/" in who or ":" in who:
                raise
            return cls(who.lower().rstrip("."), None, port)

    def opens(self, host: str, address: IpAddress) -> bool:
        """Return whether the rule speaks of this host or this address."""
        if self.network is None:
            return self.name == host
        return address.version == self.network.version and address in self.network


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """What the operator lets the process dial, and how names are looked up."""

    allow: tuple[AllowRule, ...] = ()
    ports: frozenset[int] = frozenset({143, 993, 25, 465, 587, 2525})
    ca_file: str | None = None
    resolver: tuple[str, int] | None = None
    require_encryption: bool = False

    def permit_port(self, port: int) -> bool:
        """Return whether ``port`` may be dialled anywhere at all."""
        return port in self.ports or any(rule.port == port for rule in self.allow)

    def permit(self, host: str, address: IpAddress, port: int) -> bool:
        """Return whether ``address``, found for ``host``, may be dialled at ``port``."""
        address = unwrapped(address)
        for rule in self.allow:
            if rule.opens(host, address) and (port in self.ports if rule.port is None else port == rule.port):
                return True
        return port in self.ports and is_public(address)
