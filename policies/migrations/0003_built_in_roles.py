"""The roles that Headwater ships, as they are defined in the version that migrates.

Later versions keep the rows in step by `policies.services.sync_built_in_roles`.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from policies.roles import BUILT_IN_ROLES


def create_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles = apps.get_model("policies", "Role").objects
    for role in BUILT_IN_ROLES:
        roles.create(
            name=role.name,
            description=role.description,
            actions=sorted(role.actions),
            is_built_in=True,
        )


def delete_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("policies", "Role").objects.filter(is_built_in=True).delete()


class Migration(migrations.Migration):
    dependencies = [("policies", "0002_policy_epoch")]

    operations = [migrations.RunPython(create_roles, delete_roles)]
