"""What do the forms of access have in common: looks, times, reasons?"""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

REASON_MAX = 500


class AccessForm(forms.Form):
    """A form in the house's looks; what services refuse is told over all fields."""

    def __init__(self, *args: Any, **more: Any) -> None:
        more.setdefault("label_suffix", "")
        super().__init__(*args, **more)
        for name, field in self.fields.items():
            is_choice = isinstance(field.widget, forms.Select)
            looks = "form-select" if is_choice else "form-control"
            field.widget.attrs.setdefault("class", looks)
            if field.help_text:
                place = str(self.auto_id) % name
                field.widget.attrs["aria-describedby"] = f"hint-{place}"

    def refuse(self, refusal: Exception | str, field: str | None = None) -> None:
        """Tell what was refused, at a field if it is one of these."""
        place = field if field in self.fields else None
        messages = getattr(refusal, "messages", [str(refusal)])
        self.add_error(place, " ".join(messages))


class Suggested(forms.TextInput):
    """A box that offers names while it is typed in; `of` is what is sought."""

    def __init__(self, of: str) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false"})
        self.of = of

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        context = {**self.get_context(name, value, attrs), "of": self.of}
        return render_to_string("policies/_suggested.html", context)


class InstantField(forms.DateTimeField):
    """A time in UTC, as browsers let it be chosen."""

    widget = forms.DateTimeInput(
        {"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
    )

    def __init__(self, **more: Any) -> None:
        more.setdefault("required", False)
        super().__init__(**more)

    def clean(self, value: Any) -> datetime | None:
        time: datetime | None = super().clean(value)
        try:
            return time.astimezone(UTC) if time else None
        except OverflowError:
            raise forms.ValidationError(
                "In UTC that is outside of the years 1 to 9999."
            ) from None


class ReasonField(forms.CharField):
    """Why; it stands in the journal."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("label", "Why")
        more.setdefault("help_text", "It stands in the journal, and beside the grant.")
        super().__init__(max_length=REASON_MAX, strip=True, **more)
        self.widget.attrs.update({"autocomplete": "off"})
