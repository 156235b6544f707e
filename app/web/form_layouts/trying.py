"""A layout tried out with a sample person, who fills in the real form: before it is saved, and for the preview."""

from dataclasses import replace

from werkzeug.datastructures import MultiDict

from app.form_layouts import SAMPLE_ADDRESS, Address, Layout, filled
from app.mail.usual_ports import PortSecurity
from app.web.accounts.form_fields import DEFAULTS
from app.web.accounts.forms import AccountForm
from app.web.accounts.laying_out import fill_under
from app.web.accounts.submitting import opened_afresh
from app.web.stationery import choosing

_TYPED = {
    "name": "Biuro",
    "email": SAMPLE_ADDRESS,
    "imap-host": "imap.infirma.pl",
    "imap-port": "993",
    "imap-security": "tls",
    "imap-username": SAMPLE_ADDRESS,
    "imap-password": "a sample",
    "smtp-host": "smtp.infirma.pl",
    "smtp-port": "465",
    "smtp-security": "tls",
    "smtp-username": SAMPLE_ADDRESS,
    "smtp-password": "a sample",
}


def faults_of(layout: Layout, table: PortSecurity) -> dict[str, str]:
    """Return what keeps the sample person from saving an account, by the input of the editor that is to blame."""
    faults: dict[str, str] = {}
    for additional in (False, True):
        for own_credentials in (False, True):
            form = _filled_in(layout, table, additional=additional, own_credentials=own_credentials)
            if form.validate():
                form.details()
                continue
            errors = {field.name: field.errors for field in form if field.errors} | dict(form.unusable)
            for name, said in errors.items():
                faults.setdefault(_input_of(layout, name), " ".join(map(str, said)))
    return faults


def sample_form(layout: Layout, table: PortSecurity) -> AccountForm:
    """Return the form as the sample person sees it when only the address has been typed."""
    values, opened = opened_afresh(layout)
    opened = replace(opened, additional=bool(layout.additional_names))
    typed = {name: "y" if value is True else str(value) for name, value in values.items() if value}
    typed |= {"email": SAMPLE_ADDRESS, "additional": "shown"}
    filling = fill_under(layout, typed, opened.memory, table)
    form = AccountForm(layout, values, replace(opened, memory=filling.memory))
    form.take(MultiDict({**typed, **filling.values}), table)
    return form


def _filled_in(layout: Layout, table: PortSecurity, *, additional: bool, own_credentials: bool) -> AccountForm:
    values, opened = opened_afresh(layout)
    form = AccountForm(layout, values, replace(opened, additional=additional))
    switches = {name: "y" for name, value in {**DEFAULTS, **values}.items() if value is True}
    if own_credentials:
        switches.pop("smtp-same-credentials", None)
    sample = Address.parse(SAMPLE_ADDRESS)
    defaults = {
        name: filled(default, sample) or "" for name, default in layout.defaults.items() if default not in ("on", "off")
    }
    form.take(MultiDict({**_TYPED, **_stationery(layout), **defaults, **switches}), table)
    return form


def _stationery(layout: Layout) -> dict[str, str]:
    """Return what the sample person chooses where a stationery has to be chosen: the first, if there is any."""
    known = choosing.known() if layout.by_name["stationery"].required else []
    return {"stationery": str(known[0][0])} if known else {}


def _input_of(layout: Layout, name: str) -> str:
    place = layout.by_name[name]
    if place.default is not None:
        return f"{name}-default"
    return f"{name}-required" if place.required else f"{name}-show"
