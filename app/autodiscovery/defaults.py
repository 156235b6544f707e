"""An admin's defaults among the suggestions: above the general rule, below what is known of a provider.

Defaults come as the values that they have for the address, by field name.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from app.autodiscovery.filling import AUTH_FIELD, ON, PARTS, Remembered, port_number
from app.autodiscovery.suggest import GUESSES, ServerSuggestion, Source, Suggestion
from app.mail.settings import ConnectionSecurity, Side
from app.mail.usual_ports import PortSecurity, default_port


def with_defaults(suggestion: Suggestion | None, defaults: Mapping[str, str], table: PortSecurity) -> Suggestion | None:
    """Return ``suggestion`` with ``defaults`` in it, wherever it knows no more than the general rule."""
    if suggestion is None or not defaults:
        return suggestion
    whole = with_whole_pairs(defaults, table)
    servers = {side: _with_defaults(found, side, whole) for side, found in suggestion.servers.items()}
    return replace(suggestion, servers=servers)


def with_whole_pairs(defaults: Mapping[str, str], table: PortSecurity) -> dict[str, str]:
    """Return ``defaults`` with the security that is usual for a port, or the port that is usual for a security."""
    whole = dict(defaults)
    for side in Side:
        port, security = f"{side}-port", f"{side}-security"
        if port in whole and security not in whole and int(whole[port]) in table:
            whole[security] = str(table[int(whole[port])])
        elif security in whole and port not in whole:
            whole[port] = str(default_port(side, ConnectionSecurity(whole[security])))
    return whole


def settle(
    names: Collection[str],
    chosen: Mapping[str, str],
    suggestion: Suggestion | None,
    defaults: Mapping[str, str],
    table: PortSecurity,
) -> dict[str, Remembered]:
    """Return the values of the fields ``names``, which nobody is asked for, beside what was ``chosen`` elsewhere.

    ``suggestion`` has the defaults in it already. A field without any value is left out.
    """
    settled = {name: Remembered(value, Source.ADMIN) for name, value in defaults.items() if name in names}
    if AUTH_FIELD in settled:
        settled[AUTH_FIELD] = Remembered(ON if defaults[AUTH_FIELD] == "on" else "", Source.ADMIN)
    smtp = suggestion.servers.get(Side.SMTP) if suggestion else None
    if smtp and AUTH_FIELD in names and not smtp.auth:
        settled[AUTH_FIELD] = Remembered("", smtp.source)
    for side in Side:
        found = suggestion.servers.get(side) if suggestion else None
        for part in ("host", "username"):
            if found and f"{side}-{part}" in names:
                settled[f"{side}-{part}"] = _part(found, part)
        port, security = f"{side}-port", f"{side}-security"
        if found and port in names and security in names:
            settled |= {port: _part(found, "port"), security: _part(found, "security")}
        elif port in names:
            settled |= _port_beside(port, chosen.get(security, ""), found, settled)
        elif security in names:
            settled |= _security_beside(security, chosen.get(port, ""), found, settled, table)
    return settled


def _port_beside(
    port: str, security: str, found: ServerSuggestion | None, settled: Mapping[str, Remembered]
) -> dict[str, Remembered]:
    """Return the port that goes with a security that the person has chosen."""
    if found and found.security == security:
        return {port: _part(found, "port")}
    if port in settled or security not in list(ConnectionSecurity):
        return {}
    usual = default_port(Side(port.partition("-")[0]), ConnectionSecurity(security))
    return {port: Remembered(str(usual), Source.SECURITY)}


def _security_beside(
    security: str, port: str, found: ServerSuggestion | None, settled: Mapping[str, Remembered], table: PortSecurity
) -> dict[str, Remembered]:
    """Return the security that goes with a port that the person has chosen."""
    if found and (said := found.security_at(port_number(port))):
        return {security: Remembered(str(said), found.source_of("security"))}
    usual = table.get(port_number(port))
    return {} if security in settled or usual is None else {security: Remembered(str(usual), Source.PORT)}


def _with_defaults(found: ServerSuggestion, side: Side, defaults: Mapping[str, str]) -> ServerSuggestion:
    own = {part: defaults[f"{side}-{part}"] for part in PARTS if f"{side}-{part}" in defaults}
    # An administrator knows better than a name that happens to answer.
    if found.source not in GUESSES or not own:
        return found
    return ServerSuggestion(
        host=own.get("host", found.host),
        port=int(own.get("port", found.port)),
        security=ConnectionSecurity(own.get("security", found.security)),
        username=own.get("username", found.username),
        source=found.source,
        sources=dict.fromkeys(own, Source.ADMIN),
    )


def _part(found: ServerSuggestion, part: str) -> Remembered:
    return Remembered(str(getattr(found, part)), found.source_of(part))
