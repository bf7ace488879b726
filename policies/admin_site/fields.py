"""What do the administration's forms ask for, and how are services' refusals told?"""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.admin.exceptions import NotRegistered
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from policies.admin_site.site import site

REASON_MAX = 500


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose row a service makes or changes: constraints are for it to tell of.

    `refusal` is what the service said when it was asked with these very words.
    """

    request: HttpRequest | None = None
    refusal: str = ""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        tell_who_asks(self, self.request)

    def clean(self) -> dict[str, Any] | None:
        if self.refusal:
            raise ValidationError(self.refusal)
        return self.cleaned_data


class ActForm(forms.Form):
    """What an act on chosen rows asks for; it knows who asks."""

    def __init__(self, *args: Any, request: HttpRequest, **more: Any) -> None:
        super().__init__(*args, **more)
        self.request = request
        tell_who_asks(self, request)


def tell_who_asks(form: forms.BaseForm, request: HttpRequest | None) -> None:
    """Let the fields that look up names know who asks."""
    for field in form.fields.values():
        if isinstance(field, NameField):
            field.request = request


class ReasonForm(ActForm):
    """Why; the journal keeps it."""

    reason = forms.CharField(
        max_length=REASON_MAX,
        required=False,
        widget=forms.TextInput,
        help_text="Stands in the journal.",
    )


class NeededReasonForm(ActForm):
    """Why, which must be said."""

    reason = forms.CharField(max_length=REASON_MAX, help_text="Stands in the journal.")


class NameInput(forms.TextInput):
    """A box that offers names of rows while it is typed in."""

    def __init__(self, of: str) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false"})
        self.of = of

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        context = {**self.get_context(name, value, attrs), "of": self.of}
        return render_to_string("admin/widgets/name.html", context)


class NameField(forms.CharField):
    """The name of one row that whoever asks may see; it cleans to the row.

    Names are compared as typed, and without case if no row has just that one.
    """

    def __init__(self, model: type[Model], **more: Any) -> None:
        more.setdefault("max_length", 1024)
        super().__init__(widget=NameInput(model._meta.label_lower), **more)
        self.model = model
        self.request: HttpRequest | None = None

    def clean(self, value: Any) -> Any:
        name = super().clean(value)
        if not name:
            return None
        try:
            desk: Any = site.get_model_admin(self.model)
        except NotRegistered as fault:
            raise TypeError(f"{self.model} has no administration page") from fault
        assert self.request is not None, "whoever makes the form says who asks"
        rows = desk.get_queryset(self.request)
        for lookup in ("exact", "iexact"):
            found = rows.filter(**{f"{desk.suggested_by}__{lookup}": name}).first()
            if found is not None:
                return found
        noun = self.model._meta.verbose_name
        raise ValidationError(f"There is no {noun} named {name}.", code="unknown")

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Model):
            desk: Any = site.get_model_admin(self.model)
            return getattr(value, desk.suggested_by)
        return value


class TimeField(forms.DateTimeField):
    """A time in UTC, as browsers let it be chosen."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **more: Any) -> None:
        more.setdefault("required", False)
        more.setdefault("help_text", "UTC. Leave it empty for no end.")
        super().__init__(**more)

    def clean(self, value: Any) -> datetime | None:
        time: datetime | None = super().clean(value)
        return time.astimezone(UTC) if time else None
