"""Which rows stand on the page of the row that they belong to?"""

from typing import Any

from django.contrib.admin import TabularInline
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.http import HttpRequest

from policies.actions import Action
from policies.gates import holds


def plain(field: Any) -> Any:
    """The form field without Django's signs for adding and editing beside it."""
    if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget
    return field


class Listed(TabularInline):  # type: ignore[type-arg]
    """Rows that belong to the page's row: to read, each with a link to its own page."""

    opens: tuple[Action, ...] = ()
    extra = 0
    can_delete = False
    show_change_link = True
    template = "admin/edit_inline/tabular.html"

    def get_formset(self, request: HttpRequest, obj: Any = None, **more: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **more)
        formset.form.request = request  # the class was made for this request alone
        formset.inline = self
        return formset

    def formfield_for_dbfield(self, db_field: Any, request: Any, **more: Any) -> Any:
        return plain(super().formfield_for_dbfield(db_field, request, **more))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(holds(request.user, action) for action in self.opens)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ServiceInline(Listed):
    """As `Listed`, and new ones can be added, which a service does."""

    adds: Action
    extra = 1

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds(request.user, self.adds)

    def save_new(
        self, request: HttpRequest, parent: Any, given: dict[str, Any]
    ) -> None:
        """Have the service make one row for `parent`; raises one of `REFUSALS`."""
        raise NotImplementedError
