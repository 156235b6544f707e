"""The forms about people. CSRF is checked before any view, so plain WTForms do."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Form, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired


class SignInForm(Form):
    """An address and a password. Neither is judged here: the answer is one sentence for both."""

    email = StringField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class PasswordForm(Form):
    """The address a person signs in with, and a new password."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Enter the e-mail address you will sign in with."))])
    current_password = PasswordField(
        _l("Current password"), [InputRequired(_l("Enter your current password."))], name="current-password"
    )
    new_password = PasswordField(_l("New password"), [InputRequired(_l("Enter a new password."))], name="new-password")
    repeated = PasswordField(
        _l("New password again"), [InputRequired(_l("Enter the new password again."))], name="new-password-again"
    )

    def validate_repeated(self, field: PasswordField) -> None:
        """Refuse two different passwords. Raises ValidationError."""
        if field.data != self.new_password.data:
            raise ValidationError(_l("The two passwords are not the same."))
