"""Making accounts for people."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from workflows.exceptions import Invalid
from workflows.services.audit import record


def create_account(*, name: str, role: str, password: str, actor: User | None = None) -> User:
    """Make an account that may log in and has `role`, and record it in the audit; `actor` None is the shell.

    Raises Invalid with a sentence when the name is taken (without regard to case) or not allowed, when
    the password is too weak, or when the database has no such role because it was not migrated.
    """
    user = User(username=User.normalize_username(name), is_staff=True)
    try:
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    if User.objects.filter(username__iexact=user.username).exists():
        raise Invalid(_("There is an account named %(name)s already.") % {"name": name})
    group = Group.objects.filter(name=role).first()
    if group is None:
        raise Invalid(
            _("The database has no role %(role)s yet; run `python manage.py migrate` first.") % {"role": role}
        )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            user.groups.add(group)
            record(
                "account.create",
                actor=actor,
                target_model="auth.user",
                target_id=str(user.pk),
                details={"role": role},
            )
    except IntegrityError as error:
        raise Invalid(_("There is an account named %(name)s already.") % {"name": name}) from error
    return user
