"""What a review was frozen as is never altered: triggers see to it."""

from django.db import migrations

CREATE = """
CREATE FUNCTION policies_guard_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a review is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.closed_at IS NOT NULL
        OR to_jsonb(NEW) - ARRAY['closed_at', 'closed_by_id']
            <> to_jsonb(OLD) - ARRAY['closed_at', 'closed_by_id']
    THEN
        RAISE EXCEPTION 'a review is frozen: it can be closed once, and nothing else'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_frozen BEFORE UPDATE OR DELETE ON policies_reviewcampaign
    FOR EACH ROW EXECUTE FUNCTION policies_guard_campaign();
ALTER TABLE policies_reviewcampaign ENABLE ALWAYS TRIGGER keeps_frozen;

CREATE FUNCTION policies_guard_review_item() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := ARRAY['reviewer_id', 'decision', 'decided_by_id', 'decided_at',
        'reason', 'outcome'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'what a review has frozen is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF to_jsonb(NEW) - answer <> to_jsonb(OLD) - answer
        OR OLD.decision = 'revoke'
        OR EXISTS (SELECT FROM policies_reviewcampaign c
            WHERE c.id = OLD.campaign_id AND c.closed_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'what a review has frozen is answered, and never altered'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_frozen BEFORE UPDATE OR DELETE ON policies_reviewitem
    FOR EACH ROW EXECUTE FUNCTION policies_guard_review_item();
ALTER TABLE policies_reviewitem ENABLE ALWAYS TRIGGER keeps_frozen;

-- As many items as the campaign was frozen with, and not one more later.
CREATE FUNCTION policies_guard_new_review_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM policies_reviewcampaign c
        WHERE c.id IN (SELECT campaign_id FROM added)
            AND (c.closed_at IS NOT NULL OR c.item_count < (
                SELECT count(*) FROM policies_reviewitem i
                WHERE i.campaign_id = c.id)))
    THEN
        RAISE EXCEPTION 'a review is frozen: nothing is added to it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keeps_count AFTER INSERT ON policies_reviewitem
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION policies_guard_new_review_items();
ALTER TABLE policies_reviewitem ENABLE ALWAYS TRIGGER keeps_count;
"""

DROP = """
DROP TRIGGER keeps_count ON policies_reviewitem;
DROP FUNCTION policies_guard_new_review_items();
DROP TRIGGER keeps_frozen ON policies_reviewitem;
DROP FUNCTION policies_guard_review_item();
DROP TRIGGER keeps_frozen ON policies_reviewcampaign;
DROP FUNCTION policies_guard_campaign();
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0010_second_person_requests_reviews")]

    operations = [migrations.RunSQL(CREATE, DROP)]
