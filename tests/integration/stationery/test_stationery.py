"""Stationery in both databases: names, versions, the default, images, and the accounts that are linked with it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import accounts, stationery
from app.clock import now
from app.models import Account, Stationery, StationeryImage, StationerySketch
from app.stationery import ImageRefused, NameTaken, NotUsable, StationeryChangedMeanwhile, StationeryRefused
from app.vault import Vault, generate_key
from tests import cast
from tests.cast import PIXEL

FRAME = "<div data-content></div>"


@pytest.fixture
def vault() -> Vault:
    return Vault({"k1": generate_key()})


def add(session: Session, name: str = "Firmowa", source: str = FRAME, editor: str = "") -> Stationery:
    added = stationery.create(session, name=name, source=source, submission=editor or f"editor of {name}", now=now())
    session.commit()
    return added


def linked(session: Session, vault: Vault, chosen: str) -> Account:
    details = cast.details(stationery=chosen)
    account = accounts.create(session, details, submission=None, tested=None, vault=vault, now=now())
    session.commit()
    return account


def test_what_is_saved_is_sanitised_and_counted(session):
    stored = add(session, source=f"{FRAME}<script>alert(1)</script>")
    assert stored.html == '<div data-content=""></div>'
    stationery.save(session, stored, name="Nowa", source=f"<p>x</p>{FRAME}", expected_version=1, now=now())
    session.commit()
    assert (stored.name, stored.version) == ("Nowa", 2)


def test_what_cannot_be_used_is_not_stored(session):
    with pytest.raises(StationeryRefused):
        add(session, source="no place for a text")
    assert stationery.list_all(session) == []


def test_one_editor_makes_one_stationery_however_often_it_is_sent(session):
    first = add(session, "A", editor="the same")
    assert add(session, "A", editor="the same").id == first.id


def test_two_cannot_have_one_name_and_nothing_else_is_undone(session):
    add(session, "A")
    other = add(session, "B")
    image = stationery.add_image(
        session, filename="a.png", data=PIXEL, stationery_id=other.id, submission="", now=now()
    )
    with pytest.raises(NameTaken):
        stationery.create(session, name="A", source=FRAME, submission="another", now=now())
    with pytest.raises(NameTaken):
        stationery.save(session, other, name="A", source=FRAME, expected_version=1, now=now())
    session.commit()
    assert stationery.find_image(session, image.content_id) is not None
    assert (other.name, other.version) == ("B", 1)


def test_the_second_of_two_is_told_and_overwrites_nothing(session):
    stored = add(session)
    with Session(session.get_bind()) as other:
        theirs = other.get_one(Stationery, stored.id)
        stationery.save(other, theirs, name="Theirs", source=FRAME, expected_version=1, now=now())
        other.commit()
    with pytest.raises(StationeryChangedMeanwhile) as told:
        stationery.save(session, stored, name="Mine", source=FRAME, expected_version=1, now=now())
    session.commit()
    assert (told.value.version, stored.name) == (2, "Theirs")


def test_at_most_one_is_the_default(session):
    first, second = add(session, "A"), add(session, "B")
    assert stationery.find_default(session) is None
    for chosen in (first, second):
        stationery.choose_default(session, chosen)
        session.commit()
        assert stationery.find_default(session) == chosen
    stationery.choose_default(session, None)
    session.commit()
    assert stationery.find_default(session) is None


def test_the_database_itself_keeps_a_second_default_out(session):
    add(session, "A").is_default = True
    add(session, "B").is_default = True
    with pytest.raises(IntegrityError):
        session.commit()


def test_an_account_whose_stationery_is_deleted_has_none_of_its_own(session, vault):
    gone = add(session, "A")
    account = linked(session, vault, str(gone.id))
    assert stationery.uses(session) == {gone.id: [account.name]}
    assert stationery.accounts_using(session, gone) == [account]
    stationery.remove(session, gone)
    session.commit()
    session.expire_all()
    assert account.stationery_id is None
    # What was chosen before a test and deleted during it is let go, not a refusal of the whole account.
    assert linked(session, vault, "999").stationery_id is None


def test_linking_another_stationery_is_a_change_of_the_account(session, vault):
    first, second = add(session, "A"), add(session, "B")
    account = linked(session, vault, str(first.id))
    details, before = accounts.details_of(account, vault), account.version
    assert details.stationery == str(first.id)
    changed = replace(details, stationery=str(second.id))
    accounts.change(session, account, changed, expected_version=before, tested=None, vault=vault, now=now())
    session.commit()
    assert account.stationery_id == second.id
    assert account.version > before


def test_images_move_from_the_editor_to_what_it_saves_and_go_with_it(session):
    image = stationery.add_image(
        session, filename="Logo.png", data=PIXEL, stationery_id=None, submission="editor", now=now()
    )
    again = stationery.add_image(
        session, filename="logo 2.png", data=PIXEL, stationery_id=None, submission="editor", now=now()
    )
    assert (image.name, again.id) == ("logo", image.id)
    stored = add(session, source=f'{FRAME}<img src="cid:logo">', editor="editor")
    assert [it.content_id for it in stored.images] == [image.content_id]
    with pytest.raises(ImageRefused) as refusal:
        stationery.remove_image(session, image)
    assert refusal.value.reason is NotUsable.IN_USE
    copy = stationery.duplicate(session, stored, name="Copy", now=now())
    session.commit()
    assert [(it.name, it.data) for it in copy.images] == [("logo", PIXEL)]
    assert copy.images[0].content_id != image.content_id
    stationery.remove(session, stored)
    session.commit()
    assert session.scalars(select(StationeryImage.stationery_id)).all() == [copy.id]


def test_a_design_has_a_bounded_number_of_images(session):
    def another(number: int) -> StationeryImage:
        data = PIXEL + bytes([number])
        return stationery.add_image(
            session, filename="a.png", data=data, stationery_id=None, submission="editor", now=now()
        )

    names = [another(number).name for number in range(stationery.MOST)]
    assert len(set(names)) == stationery.MOST
    with pytest.raises(ImageRefused) as refusal:
        another(200)
    assert refusal.value.reason is NotUsable.TOO_MANY


def test_a_list_reads_no_image(session):
    add(session)
    cast.stationery(session)
    session.expunge_all()
    for stored in stationery.list_all(session):
        assert all("data" not in vars(image) for image in stored.images)


def test_a_sketch_is_its_authors_alone_and_is_forgotten(session):
    author, other = cast.MEMBER.join(session), cast.OUTSIDER.join(session)
    moment = now()
    for source in ("first", "second"):
        stationery.note_sketch(session, "editor-1", user_id=author.id, stationery_id=None, source=source, now=moment)
    stationery.note_sketch(session, "editor-1", user_id=other.id, stationery_id=None, source="theirs", now=moment)
    stationery.add_image(session, filename="a.png", data=PIXEL, stationery_id=None, submission="editor-1", now=moment)
    session.commit()
    found = stationery.find_sketch(session, "editor-1", user_id=author.id)
    assert found is not None
    assert (found.html, len(found.images)) == ("second", 1)
    assert stationery.find_sketch(session, "editor-1", user_id=other.id) is None
    kept = cast.stationery(session)
    stationery.forget_expired(session, now=moment + timedelta(hours=25))
    session.commit()
    assert session.scalar(select(func.count()).select_from(StationerySketch)) == 0
    assert session.scalars(select(StationeryImage.stationery_id)).all() == [kept.id]


def test_many_at_once_make_one_of_each_name(session):
    engine = session.get_bind()

    def create(number: int) -> bool:
        with Session(engine) as own:
            try:
                stationery.create(own, name="One", source=FRAME, submission=f"editor-{number}", now=now())
            except NameTaken:
                return False
            finally:
                own.commit()
            return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, range(16)))
    assert sum(made) == len(stationery.list_all(session)) == 1
