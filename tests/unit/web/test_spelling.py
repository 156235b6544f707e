"""Names that people can read, and none that passes for another."""

import idna
import pytest

from app.web.hosts import readable_host, readable_owner


def dns(name: str) -> str:
    return ".".join(idna.alabel(label).decode() for label in name.split("."))


HONEST = """
    żółw.pl poczta.gęś.example.pl bücher.de straße.de skøyter.no почта.рф ελλάδα.gr 例え.jp 한국.kr ひらがなカタカナ.jp
    भारत.in مثال.com հայերեն.am ქართული.ge עברית.il ไทย.th አማርኛ.et
    佐々木.jp 二〇二六.jp 〆切り.jp ラーメン屋.jp コーヒー豆の店.jp 佐々木ひろみ2.jp 韓國의.kr 中ㄅㄆ.tw
"""


@pytest.mark.parametrize("name", HONEST.split())
def test_an_honest_name_is_shown_as_people_write_it(name):
    assert dns(name) != name
    assert readable_host(dns(name)) == name
    assert readable_owner(dns(name)) == f"{name} ({dns(name)})"


@pytest.mark.parametrize(
    "name",
    [
        "p\u0430ypal.com",  # Latin with one Cyrillic letter
        "\u0440\u0430\u0443\u0440\u0430\u04cf.com",  # nothing but Cyrillic letters that look like Latin ones
        "\u03bf\u03c1.pl",  # the same in Greek
        "\u057d\u0578\u057d.am",  # and in Armenian
        "\u1230\u1260.et",
        "\u10d8\u10dd.ge",
        "\u05e1\u05d5\u05e1.il",
        "\u0e17\u0e19.th",
        "\u0131nteria.pl",  # an i without its dot
        "wp\u0300.pl",  # a mark of its own
        "\u1e05ank.pl",  # a dot below, which an underline hides
        "\u0447\u03bb.com",  # two scripts
        "mail\u0447.com",
        "\u4f8b\u0447.com",
        "\u4f8bmail.jp",  # Japanese with Latin
        "g\u3007\u3007gle.com",  # two o that are zeros
        "\u3007\u3007.jp",
        "1\u30fc2.jp",  # a dash that is a long vowel
        "\u3042\uac00.jp",  # Japanese with Korean
        "\u4f8b\u302a.jp",  # a mark of its own
    ],
)
def test_what_may_pass_for_another_stays_as_dns_has_it(name):
    assert dns(name) != name
    assert readable_host(dns(name)) == readable_owner(dns(name)) == dns(name)


def test_each_label_is_judged_by_itself():
    suspicious = dns("p\u0430y")
    assert readable_host(f"{dns('żółw')}.{suspicious}.pl") == f"żółw.{suspicious}.pl"


@pytest.mark.parametrize("name", ["xn--.pl", "xn--a.pl", "xn---.pl", "xn--wp-.pl", "wp.pl", "192.0.2.1", ""])
def test_what_is_no_such_label_is_left_alone(name):
    assert readable_host(name) == name
