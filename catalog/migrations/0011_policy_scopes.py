"""What people say of owners, domains and tags moves the policy epoch.

Ownership gives rights; what lies below a domain or a tag is remembered by the epoch,
as is which namespaces a domain has.
"""

from django.db import migrations

from policies.compiler.epochs import MovesPolicyEpoch


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_declared_found"),
        ("policies", "0008_access"),
    ]

    operations = [
        MovesPolicyEpoch("catalog_domain"),
        MovesPolicyEpoch("catalog_tag"),
        MovesPolicyEpoch("catalog_ownership"),
        MovesPolicyEpoch("catalog_placement"),
    ]
