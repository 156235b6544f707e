"""A few designs to begin from. They set a ground wherever they set a colour, so that they stay readable in the dark.

Links in the text have the colour that a client gives them: ``color-scheme`` says that it has to suit a light ground.
"""

from collections.abc import Mapping
from enum import StrEnum


class Starter(StrEnum):
    """The designs that there are."""

    SIGNATURE = "signature"
    LETTER = "letter"
    CARD = "card"


_SIGNATURE = """\
<div style="font-family: Arial, Helvetica, sans-serif; font-size: 15px; line-height: 1.5">
  <div data-content></div>
  <table style="margin-top: 24px; border-collapse: collapse">
    <tr>
      <td style="border-left: 3px solid {account.colour}; padding: 2px 0 2px 12px; font-size: 13px; line-height: 1.5">
        <strong>{sender.name}</strong><br>
        <a href="mailto:{account.email}">{account.email}</a>
      </td>
    </tr>
  </table>
</div>
"""

_LETTER = """\
<table width="100%" style="border-collapse: collapse; background-color: #ffffff; color: #1f2430; color-scheme: light">
  <tr>
    <td align="center" style="padding: 0 16px">
      <table width="100%" style="max-width: 640px; border-collapse: collapse; font-family: Georgia, serif">
        <tr>
          <td style="border-bottom: 2px solid {account.colour}; padding: 24px 0 12px; font-size: 22px">
            {account.name}
          </td>
          <td align="right" style="border-bottom: 2px solid {account.colour}; padding: 24px 0 12px; font-size: 13px">
            {date}
          </td>
        </tr>
        <tr>
          <td colspan="2" style="padding: 24px 0; font-size: 16px; line-height: 1.6" data-content></td>
        </tr>
        <tr>
          <td colspan="2" style="padding: 12px 0 24px; font-size: 13px; color: #566073">
            {sender.name}, <a href="mailto:{account.email}" style="color: #2347ae">{account.email}</a>
          </td>
        </tr>
      </table>
    </td>
  </tr>
</table>
"""

_CARD = """\
<table width="100%" style="border-collapse: collapse; background-color: #eef0f4; color: #1b2230; color-scheme: light">
  <tr>
    <td align="center" style="padding: 24px 12px">
      <table width="100%" style="max-width: 600px; border-collapse: collapse; font-family: Arial, sans-serif">
        <tr>
          <td style="background-color: {account.colour}; height: 8px; border-radius: 12px 12px 0 0"></td>
        </tr>
        <tr>
          <td style="background-color: #ffffff; padding: 28px 28px 8px; font-size: 15px; line-height: 1.6">
            <div data-content></div>
          </td>
        </tr>
        <tr>
          <td style="background-color: #ffffff; padding: 16px 28px 28px; font-size: 13px; border-radius: 0 0 12px 12px">
            <strong>{sender.name}</strong>
          </td>
        </tr>
        <tr>
          <td align="center" style="padding: 16px; font-size: 12px; color: #566073">{account.email}, {year}</td>
        </tr>
      </table>
    </td>
  </tr>
</table>
"""

STARTERS: Mapping[Starter, str] = {
    Starter.SIGNATURE: _SIGNATURE,
    Starter.LETTER: _LETTER,
    Starter.CARD: _CARD,
}
