"""The form of an account, built from the catalog: input names, error keys and layout keys are the same words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from app.accounts import AccountDetails
from app.autodiscovery import Remembered, settle, with_defaults
from app.form_layouts import CATALOG, Address, Kind, Layout, filled
from app.mail.settings import ConnectionSecurity, Side
from app.mail.usual_ports import PortSecurity
from app.web.accounts.form_fields import FIELDS
from app.web.accounts.laying_out import suggestion_for
from app.web.accounts.opened import Conflict, Opened, Pin
from app.web.accounts.strangers import refuse_strangers
from app.web.accounts.wording import MISSING_IF_REQUIRED
from app.web.fields import SecretField

OWN_CREDENTIALS = ("smtp-username", "smtp-password")


class AccountForm(BaseForm):
    """The fields of ``layout`` over ``values`` (stored, or defaults). What is not asked keeps its value.

    In a new account what is not asked gets the value that would have been suggested; one that does not fit the address
    stands in ``unusable``, with the reason.
    """

    def __init__(self, layout: Layout, values: Mapping[str, Any], opened: Opened) -> None:
        asked = layout.asked(additional=opened.additional)
        super().__init__({spec.name: FIELDS[spec.name] for spec in CATALOG if spec.name in asked})
        self.layout = layout
        self.values = dict(values)
        self.opened = opened
        # Shown, but not asked: what is read-only, and the outgoing server's own credentials where it has none.
        self.idle: dict[str, Any] = {}
        self.unusable: dict[str, Sequence[str]] = {}
        # The organisation that somebody has to agree to, by the name of the field that says so.
        self.strangers: dict[str, str] = {}
        # The outgoing server that the account as it is saved gives no password; empty if it gives it one.
        self.passwordless = ""
        # What nobody was asked for, with where it came from.
        self.settled: dict[str, Remembered] = {}
        # Where the cursor goes when the form comes back: the button that was pressed may be gone.
        self.focused: str | None = None
        self.conflict: Conflict | None = None
        self.process(None, data=self.values)
        stored = {side: self.values.get(f"{side}-pin") or "" for side in Side}
        self.pins = {side: Pin.parse(sha256, self._place(side)) for side, sha256 in stored.items()}
        self.show_kept({})
        self._show_read_only()
        if not self._has_own_credentials and not self._asks_whose_credentials:
            self._let_rest(OWN_CREDENTIALS)

    def take(self, posted: MultiDict[str, str], table: PortSecurity) -> None:
        """Fill the form with what was posted; ``validate`` judges it. Fields that are not shown are not listened to."""
        self.process(posted, data=self.values)
        for side in Side:
            self._move_port(side, table)
        self._settle(table)
        if not self._has_own_credentials:
            self._let_rest(OWN_CREDENTIALS)
        self._show_read_only()
        for side in Side:
            self._refuse_another_port(side)
            self.pins[side] = Pin.parse(posted.get(f"{side}-pin", ""), posted.get(f"{side}-pin-for", ""))

    def reveal(self) -> None:
        """Show the additional fields with their values, whatever was posted under their names."""
        self.opened = replace(self.opened, additional=True)
        for name in self.layout.asked(additional=True) - self._fields.keys() - self.idle.keys():
            self[name] = FIELDS[name]
            self[name].process(None, self.values.get(name))
        self._show_read_only()

    def validate(self, *arguments: Any, **options: Any) -> bool:
        """Judge what was taken. A value that is missing in the additional data is asked for: they are shown then."""
        valid = super().validate(*arguments, **options)
        for name in MISSING_IF_REQUIRED.keys() & self._fields.keys():
            if self.layout.by_name[name].required and not self[name].data and not self[name].errors:
                self[name].errors = [MISSING_IF_REQUIRED[name]]
                valid = False
        for name in self.unusable.keys() & self.layout.additional_names - self.layout.read_only_names:
            self.demand(name, self.unusable.pop(name))
            valid = False
        return refuse_strangers(self) and valid and not self.unusable

    def demand(self, name: str, errors: Sequence[str]) -> None:
        """Show ``errors`` beside the field ``name``, which is shown for that if it is not yet."""
        if self.shown(name) is None and name in self.layout.additional_names:
            self.reveal()
        if self.shown(name) is None:
            self.unusable[name] = errors
        else:
            self.shown(name).errors = errors

    def show_kept(self, kept: Mapping[str, str]) -> None:
        """Say in words, by field name, which passwords are kept where the field is left blank."""
        for name in ("imap-password", "smtp-password"):
            field = self.shown(name)
            if isinstance(field, SecretField):
                field.kept = kept.get(name, "")

    def shown(self, name: str) -> Any:
        """Return the field to show under ``name``, also one that is not asked at the moment; None: not in the form."""
        return self[name] if name in self else self.idle.get(name)

    def details(self) -> AccountDetails:
        """Return what a valid form says."""
        values = self.values | {field.name: field.data for field in self if not isinstance(field, SecretField)}
        if not self._has_own_credentials:
            values["smtp-username"] = ""
        pins = self.pins_in_force
        values |= {f"{side}-pin": pins[side].sha256 if side in pins else None for side in Side}
        return AccountDetails.from_json(
            values, imap_password=self._secret("imap-password"), smtp_password=self._secret("smtp-password")
        )

    @property
    def pins_in_force(self) -> dict[Side, Pin]:
        """The pins that count: those of the servers of the form (at another place one would vouch for a stranger).

        Without required encryption no certificate is looked at.
        """
        return {
            side: pin
            for side, pin in self.pins.items()
            if pin is not None
            and pin.place == self._place(side)
            and self.value_of(f"{side}-security") is not ConnectionSecurity.NONE
        }

    def _place(self, side: Side) -> str:
        return ":".join(str(self.value_of(f"{side}-{part}")) for part in ("host", "port"))

    def value_of(self, name: str) -> Any:
        """Return what holds for ``name``, asked for or not."""
        return self[name].data if name in self else self.values[name]

    def _is_on(self, name: str) -> bool:
        return bool(self.value_of(name))

    @property
    def _has_own_credentials(self) -> bool:
        return self._is_on("smtp-auth") and not self._is_on("smtp-same-credentials")

    @property
    def _asks_whose_credentials(self) -> bool:
        return "smtp-auth" in self or "smtp-same-credentials" in self

    def _settle(self, table: PortSecurity) -> None:
        """Give the fields that nobody was asked for their values."""
        names = [spec.name for spec in CATALOG if spec.kind is not Kind.SECRET and spec.name not in self._fields]
        if self.layout.is_built_in and self.opened.account_id is None and set(names) == self.layout.additional_names:
            return  # nothing there is suggested, and nothing is missing
        if self.opened.account_id is not None:
            # A stored security that nobody sees follows the port that somebody has changed.
            names = [name for name in names if self._follows_its_port(name)]
        chosen = {field.name: str(field.data or "") for field in self if not isinstance(field, SecretField)}
        # A pinned one is shown, but not listened to.
        email = chosen.get("email", self.values["email"])
        if names:
            address = Address.parse(email)
            possible = ((name, filled(default, address)) for name, default in self.layout.defaults.items())
            defaults = {name: value for name, value in possible if value is not None}
            self.settled = settle(names, chosen, with_defaults(suggestion_for(email), defaults, table), defaults, table)
        # Whether the outgoing server has a user name of its own is known when the rest is.
        for name in sorted(names, key=OWN_CREDENTIALS.__contains__):
            value = self.settled.get(name)
            if name in OWN_CREDENTIALS and not self._has_own_credentials:
                continue
            if value is not None or (self.layout.by_name[name].is_required and not self.values[name]):
                self._set(name, value.value if value else "")

    def _follows_its_port(self, name: str) -> bool:
        port = f"{name.partition('-')[0]}-port"
        place = self.layout.by_name[name]
        moves = name.endswith("-security") and place.hidden and place.default is None and port in self
        return moves and self[port].data != self.values[port]

    def _set(self, name: str, text: str) -> None:
        """Take ``text`` as the value of a field that is not asked, by the rules of that field."""
        self[name] = FIELDS[name]
        field = self[name]
        field.process(MultiDict({name: text}))
        if field.validate(self):
            self.values[name] = field.data
        else:
            self.unusable[name] = field.errors
        del self[name]

    def _show_read_only(self) -> None:
        names = self.layout.read_only_names
        for name in names if self.opened.additional else names - self.layout.additional_names:
            if name not in self.idle or name not in OWN_CREDENTIALS:
                self[name] = FIELDS[name]
                self[name].process(None, self.values.get(name))
                self.idle[name] = self[name]
                del self[name]

    def _refuse_another_port(self, side: Side) -> None:
        """Refuse a port behind the server's name where the form has no field for it, unless it is the same."""
        host, port = self.shown(f"{side}-host"), self.value_of(f"{side}-port")
        if f"{side}-port" in self or getattr(host, "given", None) is None or host.given.port is None:
            return
        if host.given.port == port:
            host.show_without_port()
        elif f"{side}-host" in self:
            host.process_errors.append(_("Type the name without a port: here the port is always %(port)s.", port=port))

    def _secret(self, name: str) -> str | None:
        return self[name].data if name in self else None

    def _let_rest(self, names: tuple[str, ...]) -> None:
        # Shown nevertheless where a switch of the form can call them back.
        for name in names:
            if name in self:
                if self._asks_whose_credentials:
                    self.idle[name] = self[name]
                del self[name]

    def _move_port(self, side: Side, table: PortSecurity) -> None:
        """Move a port that was typed behind the server's name into its own field."""
        if f"{side}-host" not in self or f"{side}-port" not in self:
            return
        host, port = self.shown(f"{side}-host"), self.shown(f"{side}-port")
        if host.given is None or host.given.port is None:
            return
        given, typed = host.given.port, port._value().strip()
        if typed and typed != str(given) and not self._is_suggested(f"{side}-port", typed):
            host.process_errors.append(
                _(
                    "The name says port %(given)s and the port field says %(typed)s: remove one of them.",
                    given=given,
                    typed=typed,
                )
            )
            return
        host.show_without_port()
        port.show(given)
        security = self.shown(f"{side}-security")
        if security is not None and self._is_suggested(security.name, security.data):
            security.data = table.get(given, security.data)

    def _is_suggested(self, name: str, value: str) -> bool:
        remembered = self.opened.memory.of(name)
        return remembered.source is not None and remembered.value == value
