"""The policy epoch moves with every change of rights, whoever makes it."""

from django.db import migrations

from policies.compiler.epochs import MovesPolicyEpoch

# The epoch comes from a sequence, so that a rolled-back change never lends its number
# to another one: what was cached under it stays wrong for nobody. The function acts as
# its owner, since the application need not write the row by itself.
CREATE = """
CREATE SEQUENCE policies_epoch_seq START 2;
INSERT INTO policies_policyepoch (id, epoch) VALUES (1, 1);

CREATE FUNCTION policies_move_epoch() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO policies_policyepoch (id, epoch)
        VALUES (1, nextval('policies_epoch_seq'))
        ON CONFLICT (id) DO UPDATE SET epoch = nextval('policies_epoch_seq');
    RETURN NULL;
END $$;
"""

DROP = """
DROP FUNCTION policies_move_epoch();
DROP SEQUENCE policies_epoch_seq;
DELETE FROM policies_policyepoch;
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE, DROP),
        MovesPolicyEpoch("policies_principal", ["is_active", "is_superuser"]),
        MovesPolicyEpoch("policies_role"),
        MovesPolicyEpoch("policies_grant"),
        MovesPolicyEpoch(
            "policies_token",
            # All but last_used_at, which moves with every use.
            [
                "key_id",
                "secret_sha256",
                "principal_id",
                "role_id",
                "reach",
                "namespace_glob",
                "expires_at",
                "revoked_at",
            ],
        ),
    ]
