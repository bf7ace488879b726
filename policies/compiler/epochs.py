"""Which tables move the policy epoch, and how does a migration make one do so?"""

from collections.abc import Sequence

from django.db import migrations

CREATE = """
CREATE TRIGGER moves_policy_epoch
    AFTER INSERT OR UPDATE {columns} OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION policies_move_epoch();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER moves_policy_epoch"""

DROP = "DROP TRIGGER moves_policy_epoch ON {table}"


class MovesPolicyEpoch(migrations.RunSQL):
    """Every change of `table` moves the policy epoch, in the change's own transaction.

    With `columns`, an update moves it only if it sets one of these.
    """

    def __init__(self, table: str, columns: Sequence[str] = ()) -> None:
        of = f"OF {', '.join(columns)}" if columns else ""
        super().__init__(
            CREATE.format(table=table, columns=of), DROP.format(table=table)
        )
