"""What a reader of the SQL behind the corpus' column lineage expects: by hand."""

import pytest

from lineage.ingest import ingest
from tests.corpus import CORPUS, events_of
from tests.lineage.impact.conftest import severities

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here"),
]
FILE = "file"
METASTORE = "hive://localhost:9083"


def node(dataset, name, namespace=FILE):
    return f"datasetField:{namespace}:{dataset}:{name}"


# Spark, of compat-consumer/CLL:
#   create table tbl1 as
#   select s1.a as ident, concat(s1.b, …) as trans, sum(s2.c) as agg
#   from cll_source1 s1 join cll_source2 s2 on s1.a = s2.a where … group by s1.a, s1.b
SOURCE1, SOURCE2 = "/tmp/cll_test/cll_source1", "/tmp/cll_test/cll_source2"
IDENT, TRANS, AGG = (
    ("column", f"/tmp/cll_test/tbl1.{name}") for name in ("ident", "trans", "agg")
)
ALTERS, MAY, BREAKS = "alters", "may-alter", "breaks"
ALL_BREAK = {IDENT: BREAKS, TRANS: BREAKS, AGG: BREAKS}
SPARK = [
    ("retype-column", SOURCE1, "a", {IDENT: ALTERS, TRANS: MAY, AGG: MAY}),
    ("redefine-column", SOURCE1, "b", {TRANS: ALTERS, IDENT: MAY, AGG: MAY}),
    ("retype-column", SOURCE2, "c", {AGG: MAY}),
    ("redefine-column", SOURCE2, "c", {AGG: ALTERS}),
    ("null-column", SOURCE2, "a", {IDENT: MAY, TRANS: MAY, AGG: MAY}),
    ("drop-column", SOURCE2, "a", ALL_BREAK),
    ("drop-column", SOURCE1, "b", ALL_BREAK),
    ("erase-subject", SOURCE1, "a", {IDENT: ALTERS, TRANS: MAY, AGG: MAY}),
]


def test_spark_tells_by_what_a_table_is_joined_and_grouped(db, foresee):
    ingest(events_of(CORPUS / "compat-consumer/CLL/events.ndjson"))

    for kind, source, name, expected in SPARK:
        told = severities(
            foresee({"change": {"kind": kind, "nodeId": node(source, name)}})
        )
        assert {one: told[one][0] for one in told} == expected, (kind, source, name)


# Hive, of rendered-hive, as the events' own SQL says:
#   0: select trunc(submissiondate, 'MM') as month, transactiontype,
#        sum(transactionamount) as totalamount, count(*) as transactioncount
#      from transactions group by trunc(submissiondate, 'MM'), transactiontype
#      order by month, transactiontype
#   18: select a as i, a + 1 as t, sha1(string(a + 1)) as mt, sum(b) as a,
#         sha1(string(sum(b))) as ma from t1 group by a
MONTHLY, XXX = "test.monthly_transaction_summary", "test.xxx"
MONTH, TOTAL = (("column", f"{MONTHLY}.{one}") for one in ("month", "totalamount"))
COPY, T, MT, A, MA = (("column", f"{XXX}.{one}") for one in ("i", "t", "mt", "a", "ma"))
SUMMARY, WHOLE = ("dataset", MONTHLY), ("dataset", XXX)
HIVE = [
    ("redefine-column", "test.transactions", "transactionamount", {TOTAL: ALTERS}),
    ("retype-column", "test.transactions", "transactionamount", {TOTAL: MAY}),
    (
        *("redefine-column", "test.transactions", "submissiondate"),
        {MONTH: ALTERS, SUMMARY: MAY},
    ),
    (
        *("drop-column", "test.transactions", "submissiondate"),
        {MONTH: BREAKS, SUMMARY: BREAKS},
    ),
    ("erase-subject", "test.t1", "a", {COPY: ALTERS, T: ALTERS, MT: MAY, WHOLE: MAY}),
    ("erase-subject", "test.t1", "b", {A: ALTERS, MA: MAY}),
    ("drop-column", "test.t1", "b", {A: BREAKS, MA: BREAKS}),
]


def test_hive_tells_what_is_masked_and_aggregated(db, foresee):
    events = events_of(CORPUS / "rendered-hive/hive-hook.ndjson")
    ingest([events[0], events[18]])

    for kind, source, name, expected in HIVE:
        change = {"kind": kind, "nodeId": node(source, name, METASTORE)}
        answer = foresee({"change": change})
        told = severities(answer)
        assert {one: told[one][0] for one in told} == expected, (kind, source, name)
        masked = {hit["column"] for hit in answer["hits"] if hit["masked"]}
        assert masked == {"mt", "ma"} & {hit["column"] for hit in answer["hits"]}
