"""A namespace that is only declared is found, too: the triggers tell of it."""

from django.db import migrations

SEEN = "(OLD.first_seen IS NULL) <> (NEW.first_seen IS NULL)"
DECLARED = "(OLD.declared_at IS NULL) <> (NEW.declared_at IS NULL)"
HIDDEN = (
    "OLD.hidden_at IS DISTINCT FROM NEW.hidden_at"
    " OR (NEW.hidden_at IS NOT NULL AND OLD.updated_at <> NEW.updated_at)"
)


def triggers(new, changed):
    return f"""
CREATE OR REPLACE TRIGGER unfound_new AFTER INSERT ON catalog_namespace FOR EACH ROW
    WHEN ({new}) EXECUTE FUNCTION catalog_note_asset(3);
CREATE OR REPLACE TRIGGER unfound_changed AFTER UPDATE ON catalog_namespace
    FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION catalog_note_asset(3);
"""


NOTE_DECLARED = """
INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
SELECT 3, id, false FROM catalog_namespace
WHERE declared_at IS NOT NULL AND first_seen IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_word_pairs")]

    operations = [
        migrations.RunSQL(
            triggers(
                "NEW.first_seen IS NOT NULL OR NEW.declared_at IS NOT NULL",
                f"{SEEN} OR {DECLARED} OR {HIDDEN}",
            ),
            triggers("NEW.first_seen IS NOT NULL", f"{SEEN} OR {HIDDEN}"),
        ),
        migrations.RunSQL(NOTE_DECLARED, migrations.RunSQL.noop),
    ]
