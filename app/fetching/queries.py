"""Reads."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.fetching.claims import INBOX, somebody_has_acted
from app.fetching.debts import MOST_TRIES
from app.fetching.intervals import default_minutes, intervals
from app.models import Account, FetchState, Folder, Trouble

# Why an account is not fetched, if nothing is wrong with it.
PAUSED = "paused"


def find_state(session: Session, account_id: int) -> FetchState | None:
    """Return how the fetching of an account stands, or None before its first time."""
    return session.get(FetchState, account_id, populate_existing=True)


def hindrance_of(session: Session, account_id: int) -> str | None:
    """Return why an account is not fetched until a person acts: ``PAUSED``, or what has held it; None if it is."""
    state = session.get(FetchState, account_id, populate_existing=True)
    if state is not None and state.paused_at is not None:
        return PAUSED
    return state.outcome if state is not None and is_held(session, account_id) else None


def is_held(session: Session, account_id: int) -> bool:
    """Return whether nothing is tried for an account until a person acts, paused or not."""
    return session.scalar(held_accounts().where(FetchState.account_id == account_id)) is not None


def held_accounts() -> Select[int]:
    """Return the question for the accounts for which nothing is tried until a person acts, paused or not."""
    held = select(FetchState.account_id).join(Account, Account.id == FetchState.account_id)
    return held.where(FetchState.held_at.is_not(None), ~somebody_has_acted())


def fetched_accounts(session: Session) -> set[int]:
    """Return the accounts from which mail is fetched by itself: those that are active and not paused."""
    active = select(FetchState.account_id).join(Account, Account.id == FetchState.account_id)
    return set(session.scalars(active.where(Account.active, FetchState.paused_at.is_(None))))


def acted_on(session: Session, account_ids: Collection[int]) -> set[int]:
    """Return those of the accounts that are tried next whatever was wrong: a person has acted on them."""
    acted = select(FetchState.account_id).join(Account, Account.id == FetchState.account_id)
    return set(session.scalars(acted.where(FetchState.account_id.in_(account_ids), somebody_has_acted())))


def states(session: Session) -> dict[int, FetchState]:
    """Return how the fetching of each account stands."""
    found = session.scalars(select(FetchState).execution_options(populate_existing=True))
    return {state.account_id: state for state in found}


def default_interval(session: Session) -> timedelta:
    """Return how often accounts are fetched that say nothing else."""
    return timedelta(minutes=default_minutes(session))


def interval_of(session: Session, account_id: int) -> timedelta:
    """Return how often an account is fetched."""
    return intervals(session, [account_id]).get(account_id) or default_interval(session)


def list_folders(session: Session, account_id: int) -> list[Folder]:
    """Return an account's folders, the inbox first, then by their titles: those of its server and those chosen."""
    found = session.scalars(select(Folder).where(Folder.account_id == account_id, or_(Folder.listed, Folder.chosen)))
    return sorted(found, key=lambda folder: (folder.name != INBOX, folder.title.casefold(), folder.name))


def has_folders(session: Session, account_id: int) -> bool:
    """Return whether a folder is chosen, so that there is anything to fetch."""
    chosen = select(Folder.id).where(Folder.account_id == account_id, Folder.chosen)
    return session.scalar(chosen.limit(1)) is not None


def folders_by_id(session: Session, folder_ids: Collection[int]) -> dict[int, Folder]:
    """Return folders by their ids."""
    return {folder.id: folder for folder in session.scalars(select(Folder).where(Folder.id.in_(folder_ids)))}


def list_troubles(session: Session, account_id: int) -> list[tuple[Trouble, Folder]]:
    """Return the messages of an account that were tried three times and left aside."""
    question = (
        select(Trouble, Folder)
        .join(Folder, Folder.id == Trouble.folder_id)
        .where(Folder.account_id == account_id, Trouble.uidvalidity == Folder.uidvalidity)
        .where(Trouble.attempts >= MOST_TRIES)
        .order_by(Trouble.last_at.desc(), Trouble.id)
    )
    return list(session.execute(question))
