"""What each standard facet says, and what is left of one that is partly wrong."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid3

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.facets import (
    REGISTRY,
    Reading,
    columns,
    dataset,
    described,
    quality,
    read,
    run,
    subset,
)
from lineage.facets import explicit as explicit_lineage
from lineage.facets import job as jobs
from lineage.facets.names import STANDARD
from lineage.facets.shapes import Transformation
from lineage.openlineage import Event, Facet, parse, split_batch
from tests.corpus import CORPUS

EVENTS = Path(__file__).parent.parent / "events" / "standard-facets.json"
LAKE, WAREHOUSE = "s3://depot-lake", "postgres://warehouse.example:5432"


def ids(digit):
    return UUID(f"0190a1b2-0000-7000-8000-00000000{digit * 4}")


def staged(field, *how, **more):
    return columns.ColumnInput(
        LAKE,
        "staged/parcels",
        field,
        *(how or ("", "")),
        **{"description": "", "masking": False, **more},
    )


GRAMS = Transformation("DIRECT", "TRANSFORMATION", "grams / 1000", False)

EXPECTED: dict[tuple[str, str], Any] = {
    ("run", "environmentVariables"): run.EnvironmentVariables(
        (
            run.EnvironmentVariable("TZ", "Europe/Lisbon"),
            run.EnvironmentVariable("DEPOT_API_TOKEN", "***"),
        )
    ),
    ("run", "errorMessage"): run.ErrorMessage(
        'column "weight" does not exist',
        "PYTHON",
        'Traceback (most recent call last):\n  File "load.py", line 7, in main',
    ),
    ("run", "executionParameters"): run.ExecutionParameters(
        (
            run.ExecutionParameter("batch.size", "Batch size", "Rows at once", "500"),
            run.ExecutionParameter("dry.run"),
        )
    ),
    ("run", "externalQuery"): run.ExternalQuery("q-2026-0007", "postgres"),
    ("run", "extractionError"): run.ExtractionError(
        3,
        1,
        (
            run.ExtractionFault(
                "cannot parse: QUALIFY", "at parser:12", "SELECT 1 QUALIFY", 2
            ),
        ),
    ),
    ("run", "jobDependencies"): run.JobDependencies(
        (
            run.JobDependency(
                "upstream",
                "depot",
                "night.unpack",
                ids("a"),
                "DIRECT_INVOCATION",
                "FINISH_TO_START",
                "EXECUTE_ON_SUCCESS",
            ),
            run.JobDependency(
                "downstream",
                "depot",
                "night.report",
                None,
                "IMPLICIT_DEPENDENCY",
                "",
                "",
            ),
        ),
        "ALL_SUCCESS",
    ),
    ("run", "nominalTime"): run.NominalTime(
        datetime(2026, 5, 4, 2, tzinfo=UTC), datetime(2026, 5, 5, 2, tzinfo=UTC)
    ),
    ("run", "parent"): run.Parent(
        run.Ancestor(ids("b"), None, "depot", "night"),
        run.Ancestor(ids("c"), None, "depot", "calendar"),
    ),
    ("run", "processing_engine"): run.ProcessingEngine("17.4", "postgres", "1.4.0"),
    ("run", "tags"): described.Tags(
        (
            described.Tag("queue", "night", "SCHEDULER"),
            described.Tag("rerun", "true"),
        )
    ),
    ("run", "test"): run.Tests(
        (
            run.Test(
                "parcels_not_empty",
                "pass",
                "error",
                "row_count",
                expected="> 0",
                actual="812",
            ),
            run.Test(
                "weights_known",
                "fail",
                "warn",
                description="Every parcel was weighed",
                content="SELECT * FROM parcels WHERE weight IS NULL",
                content_type="sql",
                params={"column": "weight"},
            ),
        )
    ),
    ("job", "documentation"): described.Documentation(
        "Moves *parcels* into the warehouse.", "text/markdown"
    ),
    ("job", "jobType"): jobs.JobType(
        "BATCH", "CRON", "SCRIPT", "PERIODIC", "ACCUMULATIVE", 300
    ),
    ("job", "ownership"): described.Ownership(
        (described.Owner("team:depot", "MAINTAINER"), described.Owner("user:ana"))
    ),
    ("job", "sourceCode"): jobs.SourceCode("python", "connect(password='***')\nload()"),
    ("job", "sourceCodeLocation"): jobs.SourceCodeLocation(
        "git",
        "https://git.example/depot/blob/9f1/load.py",
        "https://git.example/depot",
        "load.py",
        "9f1",
        "v3",
        "main",
        "41",
    ),
    ("job", "sql"): jobs.Sql("INSERT INTO parcels SELECT * FROM staged", "postgres"),
    ("job", "tags"): described.Tags((described.Tag("cost", "low", "USER"),)),
    ("job", "lineage"): explicit_lineage.JobLineage(
        (
            explicit_lineage.Target(
                "DATASET",
                WAREHOUSE,
                "depot.public.parcels",
                None,
                (
                    explicit_lineage.Source(
                        "DATASET", LAKE, "staged/parcels", "", None, ()
                    ),
                    explicit_lineage.Source("JOB", None, None, "", None, ()),
                ),
                True,
                (
                    explicit_lineage.TargetField(
                        "weight",
                        (
                            explicit_lineage.Source(
                                "DATASET",
                                LAKE,
                                "staged/parcels",
                                "grams",
                                None,
                                (GRAMS,),
                            ),
                        ),
                    ),
                ),
            ),
            explicit_lineage.Target(
                "JOB", "depot", "night.report", ids("d"), (), True, ()
            ),
        )
    ),
    ("dataset", "lineage"): explicit_lineage.DatasetLineage(
        (explicit_lineage.Source("DATASET", LAKE, "staged/parcels", "", None, ()),),
        True,
        (
            explicit_lineage.TargetField(
                "id",
                (
                    explicit_lineage.Source(
                        "DATASET",
                        LAKE,
                        "staged/parcels",
                        "id",
                        None,
                        (Transformation("DIRECT", "IDENTITY"),),
                    ),
                ),
            ),
        ),
    ),
    ("dataset", "catalog"): dataset.Catalog(
        "iceberg",
        "rest",
        "lake",
        "https://catalog.example/v1",
        "s3://depot-lake/wh",
        "spark",
        {"region": "eu-south-1"},
    ),
    ("dataset", "columnLineage"): columns.ColumnLineage(
        (
            columns.ColumnEdge(
                "phone",
                staged(
                    "phone",
                    "DIRECT",
                    "TRANSFORMATION",
                    description="sha256",
                    masking=True,
                ),
            ),
            columns.ColumnEdge("sender", staged("sender")),
            columns.ColumnEdge(
                "weight",
                staged("grams", "DIRECT", "TRANSFORMATION", description="grams / 1000"),
            ),
        ),
        (staged("arrived", "INDIRECT", "FILTER"),),
        {"phone": "sha256"},
        {"phone": "MASKED"},
    ),
    ("dataset", "dataQualityAssertions"): quality.DataQualityAssertions(
        (
            quality.Assertion("not_null", True, "id"),
            quality.Assertion(
                "in_range",
                False,
                "weight",
                "warn",
                "weights",
                "Up to 30 kg",
                "<= 30",
                "31.5",
                "weight <= 30",
                "sql",
                {"max": 30},
            ),
        )
    ),
    ("dataset", "dataQualityMetrics"): quality.DataQualityMetrics(
        812,
        65536,
        2,
        datetime(2026, 5, 4, 2, 59, tzinfo=UTC),
        {
            "weight": quality.ColumnMetrics(
                3, 400, 9000.5, 809.0, 0.1, 31.5, {"0.5": 9.5}
            )
        },
    ),
    ("dataset", "dataSource"): dataset.DataSource(
        "warehouse", "postgres://loader:***@warehouse.example:5432/depot"
    ),
    ("dataset", "datasetType"): dataset.DatasetType("VIEW", "MATERIALIZED"),
    ("dataset", "documentation"): described.Documentation("One row a parcel."),
    ("dataset", "hierarchy"): dataset.Hierarchy(
        (
            dataset.Level("DATABASE", "depot"),
            dataset.Level("SCHEMA", "public"),
            dataset.Level("TABLE", "parcels"),
        )
    ),
    ("dataset", "lifecycleStateChange"): dataset.Lifecycle(
        "RENAME", WAREHOUSE, "depot.public.packets"
    ),
    ("dataset", "ownership"): described.Ownership((described.Owner("team:depot"),)),
    ("dataset", "storage"): dataset.Storage("iceberg", "parquet"),
    ("dataset", "symlinks"): dataset.Symlinks(
        (
            dataset.Symlink("hive://metastore.example:9083", "depot.parcels", "TABLE"),
            dataset.Symlink(LAKE, "wh/parcels", "LOCATION"),
        )
    ),
    ("dataset", "tags"): described.Tags(
        (
            described.Tag("pii", "phone", "SCAN", "phone"),
            described.Tag("tier", "gold"),
        )
    ),
    ("dataset", "version"): dataset.DatasetVersion("snapshot-88"),
    ("input", "dataQualityAssertions"): quality.DataQualityAssertions(
        (quality.Assertion("unique", True, "id"),)
    ),
    ("input", "dataQualityMetrics"): quality.DataQualityMetrics(
        900, None, None, None, {"grams": quality.ColumnMetrics(0)}
    ),
    ("input", "inputStatistics"): dataset.InputStatistics(900, 40960, 1),
    ("input", "subset"): subset.Subset(
        subset.BinaryCondition(
            subset.CompareCondition(
                subset.Operand("field", field="arrived"),
                subset.Operand("literal", value="2026-05-03"),
                "GREATER_THAN",
            ),
            subset.LocationCondition(
                ("s3://depot-lake/staged/a", "s3://depot-lake/staged/b")
            ),
            "AND",
        )
    ),
    ("output", "outputStatistics"): dataset.OutputStatistics(812, 65536, 2),
    ("output", "subset"): subset.Subset(
        subset.PartitionCondition(
            (subset.Partition("2026-05-04", {"day": "2026-05-04", "depot": 7}),)
        )
    ),
}
_SENDER = columns.SentField(
    "sender",
    "struct",
    "",
    3,
    (
        columns.SentField("name", "text"),
        columns.SentField(
            "phones", "array", fields=(columns.SentField("_element", "text"),)
        ),
    ),
)
EXPECTED["dataset", "schema"] = columns.Schema(
    (
        columns.Column("id", "bigint", "Its number", 1, 1, 0),
        columns.Column("weight", "numeric", "", 2, 2, 0),
        columns.Column("sender", "struct", "", 3, 3, 0),
        columns.Column("sender.name", "text", "", 4, None, 1),
        columns.Column("sender.phones", "array", "", 5, None, 1),
        columns.Column("sender.phones._element", "text", "", 6, None, 2),
    ),
    (
        columns.SentField("id", "bigint", "Its number", 1),
        columns.SentField("weight", "numeric", "", 2),
        _SENDER,
    ),
)


class Sent(NamedTuple):
    scope: str
    facet: Facet


def facets_of(event: Event) -> list[Sent]:
    sent = [Sent("run", facet) for facet in event.run_facets]
    sent += [Sent("job", facet) for facet in event.job_facets]
    for scope, refs in [("input", event.inputs), ("output", event.outputs)]:
        for ref in refs:
            sent += [Sent("dataset", facet) for facet in ref.facets]
            sent += [Sent(scope, facet) for facet in ref.io_facets]
    if event.dataset:
        sent += [Sent("dataset", facet) for facet in event.dataset.facets]
    return sent


def standard_facets() -> dict[tuple[str, str], Reading]:
    return {
        (scope, facet.key): read(scope, facet.key, facet.body)
        for body in split_batch(EVENTS.read_bytes())[:2]
        for scope, facet in facets_of(parse(body))
    }


@pytest.mark.parametrize("key", sorted(REGISTRY), ids=".".join)
def test_a_standard_facet_says_what_was_sent(key):
    reading = standard_facets()[key]
    assert reading.value == EXPECTED[key]
    assert reading.warnings == ()
    assert not reading.deleted


def test_every_facet_of_the_specification_is_read():
    standard = {(scope, key) for scope, known in STANDARD.items() for key in known}
    assert set(REGISTRY) == standard == set(EXPECTED)


@pytest.mark.parametrize("key", sorted(REGISTRY), ids=".".join)
def test_a_reading_can_be_stored_and_read_again(key):
    reading = standard_facets()[key]
    again = read(*key, reading.body)
    assert again == reading
    assert json.loads(reading.body)["_producer"] == "https://example.org/depot/1.4"


def test_the_same_content_is_the_same_text():
    one = read("job", "sql", b'{"query" : "x\\u0061", "n": 1, "b": {"d": 1, "c": 2}}')
    other = read("job", "sql", b'{"b":{"c":2,"d":1},"n":1,"query":"xa"}')
    assert one.body == other.body == b'{"b":{"c":2,"d":1},"n":1,"query":"xa"}'


def facet(**members):
    return json.dumps(
        {"_producer": "https://x", "_schemaURL": "https://x/y.json", **members}
    ).encode()


def warned(reading):
    return {warning.pointer: warning.code for warning in reading.warnings}


def test_a_tombstone_has_no_value():
    for scope in ("job", "dataset"):
        reading = read(scope, "documentation", facet(_deleted=True))
        assert (reading.deleted, reading.value, reading.warnings) == (True, None, ())


@pytest.mark.parametrize("scope", ["run", "input", "output"])
def test_only_facets_of_jobs_and_datasets_are_deleted(scope):
    assert not read(scope, "tags", facet(_deleted=True)).deleted


@pytest.mark.parametrize("word", [False, None, "true", 1])
def test_only_true_deletes(word):
    assert not read("job", "sql", facet(_deleted=word, query="x")).deleted


def test_an_unknown_facet_is_kept_without_a_value():
    reading = read("run", "my_own", facet(x=[1, {"y": None}]))
    assert reading.value is None
    assert json.loads(reading.body)["x"] == [1, {"y": None}]
    assert reading.warnings == ()


def test_what_every_facet_needs_is_missed():
    assert warned(read("run", "my_own", b"{}")) == {
        "/_producer": "member_missing",
        "/_schemaURL": "member_missing",
    }


@pytest.mark.parametrize("key", sorted(REGISTRY), ids=".".join)
@pytest.mark.parametrize("wrong", [5, "x", True, [5], [[]], {"x": 5}, None, [None]])
def test_a_wrong_member_spoils_nothing_but_itself(key, wrong):
    good = json.loads(standard_facets()[key].body)
    for member in good:
        reading = read(*key, json.dumps({**good, member: wrong}).encode())
        assert all(one.pointer.startswith("/") for one in reading.warnings)
        if not member.startswith("_"):
            others = {**good}
            del others[member]
            rest = read(*key, json.dumps(others).encode())
            assert type(reading.value) in (type(rest.value), type(EXPECTED[key]))


def test_a_wrong_type_is_left_out_with_a_warning():
    reading = read(
        "run",
        "errorMessage",
        facet(message={"x": 1}, programmingLanguage="C", stackTrace="at"),
    )
    assert reading.value == run.ErrorMessage("", "C", "at")
    assert warned(reading) == {"/message": "wrong_type"}


def test_an_item_without_its_name_is_left_out():
    fields = [{"name": "a"}, {"type": "x"}, {"name": None}, "b", {"name": "c"}]
    reading = read("dataset", "schema", facet(fields=fields))
    assert [column.path for column in reading.value.columns] == ["a", "c"]
    assert warned(reading) == {
        "/fields/1/name": "member_missing",
        "/fields/2/name": "member_missing",
        "/fields/3": "wrong_type",
    }


def test_numbers_and_texts_stand_in_for_each_other():
    parameters = [{"key": "n", "value": 500}, {"key": "b", "value": True}]
    reading = read("run", "executionParameters", facet(parameters=parameters))
    assert [one.value for one in reading.value.parameters] == ["500", "true"]
    assert len(reading.warnings) == 2
    reading = read(
        "output",
        "outputStatistics",
        facet(rowCount="12", size=5.0, fileCount="many"),
    )
    assert reading.value == dataset.OutputStatistics(12, 5, None)
    assert warned(reading) == {"/rowCount": "wrong_type", "/fileCount": "wrong_type"}


@pytest.mark.parametrize("number", [-1, 2**63, 10**30, 10**400, 1.5])
def test_a_count_that_no_bigint_holds_is_left_out(number):
    body = facet(rowCount=0).replace(b'"rowCount": 0', f'"rowCount": {number}'.encode())
    reading = read("output", "outputStatistics", body)
    assert reading.value.row_count is None
    assert "/rowCount" in warned(reading)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5000])
def test_a_number_that_no_double_holds_stays_its_text(number):
    reading = read("run", "x", b'{"n":' + number.encode() + b"}")
    assert json.loads(reading.body) == {"n": number}


def test_nul_and_lone_surrogates_become_the_replacement_character():
    reading = read("job", "sql", rb'{"query":"a\u0000b\ud800c","\u0000":["\udc00"]}')
    assert reading.value.query == "a\ufffdb\ufffdc"
    assert json.loads(reading.body) == {
        "query": "a\ufffdb\ufffdc",
        "\ufffd": ["\ufffd"],
    }
    assert warned(reading)[""] == "character_replaced"


def test_an_escaped_backslash_before_u0000_is_no_nul():
    reading = read("job", "sql", rb'{"query":"\\u0000"}')
    assert reading.value.query == r"\u0000"
    assert "" not in warned(reading)


@pytest.mark.parametrize(
    "body", [b"", b"5", b"[]", b"{", b"\xff", b'{"a":NaN}', b'{"a":' * 999]
)
def test_what_is_no_facet_is_unreadable_and_nothing_worse(body):
    reading = read("job", "sql", body)
    assert (reading.value, reading.body) == (None, b"{}")
    assert warned(reading) == {"": "facet_unreadable"}


def test_a_parent_run_that_is_no_uuid_is_hashed_as_airflow_did():
    for name, dag in [("night.load", "night"), ("a.b.c", "a.b"), ("night", "night")]:
        reading = read(
            "run",
            "parent",
            facet(run={"runId": "manual__1"}, job={"namespace": "depot", "name": name}),
        )
        parent = reading.value.parent
        assert parent.run_id == uuid3(NAMESPACE_URL, f"depot.{dag}.manual__1")
        assert parent.external_run_id == "manual__1"
        assert parent.job_name == name
        assert warned(reading) == {"/run/runId": "run_id_no_uuid"}


def test_a_faulty_root_leaves_the_parent():
    parent = {"run": {"runId": str(ids("a"))}, "job": {"namespace": "n", "name": "j"}}
    for root in ({}, 5, {"run": {"runId": "x"}}, {**parent, "job": {"namespace": ""}}):
        reading = read("run", "parent", facet(**parent, root=root))
        assert reading.value.parent.job_name == "j"
        assert reading.value.root is None
        assert reading.warnings


def test_a_faulty_parent_leaves_the_root():
    root = {"run": {"runId": str(ids("a"))}, "job": {"namespace": "n", "name": "r"}}
    reading = read("run", "parent", facet(run={}, root=root))
    assert reading.value.parent is None
    assert reading.value.root.job_name == "r"


@pytest.mark.parametrize(
    ("namespace", "name"),
    [("", "x"), ("x", " "), ("x", "a\0"), ("x", "n" * 1025), ("é" * 800, "é" * 800)],
)
def test_identities_that_no_event_may_have_are_left_out_of_facets_too(namespace, name):
    one = {"namespace": namespace, "name": name, "type": "TABLE"}
    good = {"namespace": "x", "name": "y", "type": "TABLE"}
    body = facet(identifiers=[one, good])
    if "\0" in name:
        # A facet's own NUL is replaced before anyone reads it.
        assert len(read("dataset", "symlinks", body).value.identifiers) == 2
        return
    reading = read("dataset", "symlinks", body)
    assert reading.value.identifiers == (dataset.Symlink("x", "y", "TABLE"),)
    assert warned(reading) == {"/identifiers/0": "identity_unusable"}


def test_columns_are_flat_and_each_path_stands_once():
    fields = [
        {"name": "a", "fields": [{"name": "b"}, {"name": "b", "type": "other"}]},
        {"name": "a.b"},
        {"name": "n" * 1025},
        {"name": ""},
    ]
    reading = read("dataset", "schema", facet(fields=fields))
    assert [(one.path, one.ordinal) for one in reading.value.columns] == [
        ("a", 1),
        ("a.b", 2),
    ]
    assert warned(reading) == {
        "/fields/0/fields/1": "column_repeated",
        "/fields/1": "column_repeated",
        "/fields/2": "name_unusable",
        "/fields/3": "name_unusable",
    }


def test_ten_thousand_columns_are_kept():
    fields = [{"name": f"c{index}", "type": "int"} for index in range(10_000)]
    reading = read("dataset", "schema", facet(fields=fields))
    assert len(reading.value.columns) == 10_000
    assert reading.warnings == ()


def test_nested_columns_of_any_depth_are_kept():
    field = {"name": "leaf"}
    for _ in range(50):
        field = {"name": "x", "fields": [field]}
    assert len(read("dataset", "schema", facet(fields=[field])).value.columns) == 51


def _lineage(origin):
    base = {"namespace": "n", "name": "t", "field": "f"}
    return read(
        "dataset",
        "columnLineage",
        facet(fields={"o": {"inputFields": [base | origin]}}),
    )


def test_no_transformation_is_unknown_and_never_an_identity():
    for origin in ({}, {"transformations": []}, {"transformations": None}):
        [edge] = _lineage(origin).value.edges
        assert (edge.input.type, edge.input.subtype, edge.input.masking) == (
            "",
            "",
            False,
        )


def test_each_transformation_is_an_edge_and_each_edge_is_one():
    how = {"type": "direct", "subtype": "Identity"}
    other = {"type": "INDIRECT", "subtype": "JOIN", "masking": True}
    edges = _lineage({"transformations": [how, other, how]}).value.edges
    assert [(edge.input.type, edge.input.subtype) for edge in edges] == [
        ("DIRECT", "IDENTITY"),
        ("INDIRECT", "JOIN"),
    ]


def test_a_source_without_its_field_is_left_out():
    reading = _lineage({"field": None})
    assert reading.value.edges == ()
    assert warned(reading) == {"/fields/o/inputFields/0/field": "member_missing"}


def test_explicit_lineage_tells_no_upstream_from_nothing_said():
    entries = [
        {"type": "DATASET", "namespace": "n", "name": "a", "inputs": []},
        {"type": "DATASET", "namespace": "n", "name": "b"},
        {"type": "JOB"},
        {"type": "JOB", "name": "half"},
        {"type": "TABLE", "namespace": "n", "name": "c"},
    ]
    reading = read("job", "lineage", facet(entries=entries))
    assert [(one.type, one.name, one.has_sources) for one in reading.value.targets] == [
        ("DATASET", "a", True),
        ("DATASET", "b", False),
        ("JOB", None, False),
        ("DATASET", "c", False),
    ]
    assert warned(reading) == {
        "/entries/3": "identity_unusable",
        "/entries/4/type": "type_unknown",
    }


def test_conditions_nest_up_to_a_bound():
    condition = {"type": "location", "locations": ["x"]}
    for _ in range(70):
        condition = {"type": "binary", "left": condition, "right": condition | {}}
        if len(json.dumps(condition)) > 20_000:
            break
    assert read("input", "subset", facet(inputCondition=condition)).value.condition
    deep = {"type": "location"}
    for _ in range(100):
        deep = {"type": "binary", "operator": "AND", "left": deep, "right": {}}
    reading = read("input", "subset", facet(inputCondition=deep))
    assert reading.value == subset.Subset(None)
    assert set(warned(reading).values()) == {"condition_unread"}


def test_a_date_alone_is_its_midnight_and_nonsense_is_left_out():
    reading = read(
        "run",
        "nominalTime",
        facet(nominalStartTime="2026-05-04", nominalEndTime="tomorrow"),
    )
    assert reading.value == run.NominalTime(datetime(2026, 5, 4, tzinfo=UTC), None)
    assert warned(reading) == {
        "/nominalStartTime": "time_invalid",
        "/nominalEndTime": "time_invalid",
    }


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("fields", "name", "namespace", "field", "type", "inputs", "run"),
                    *("job", "runId", "root", "inputFields", "transformations", "key"),
                    *("value", "entries", "left", "right", "identifiers", "tags"),
                    *("columnMetrics", "min", "previousIdentifier", "upstream", "x"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


members = sorted(
    {
        field.encode_name
        for reader in REGISTRY.values()
        for field in msgspec.structs.fields(reader.sent)
    }
    | {"_deleted", "x"}
)


@given(
    st.sampled_from(sorted(REGISTRY)),
    st.dictionaries(st.sampled_from(members), values, max_size=8),
)
def test_any_content_is_read_somehow(key, content):
    reading = read(*key, json.dumps(content).encode())
    assert read(*key, reading.body).body == reading.body
    repr(reading).encode()


FIXTURES = CORPUS / "spec-facet-fixtures"
SCOPES = {"Run": "run", "Job": "job", "Dataset": "dataset"}


@pytest.mark.parametrize(
    "path",
    sorted(FIXTURES.glob("*/*.json")) if FIXTURES.is_dir() else [],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_specifications_own_examples_are_read_without_a_warning(path):
    [(key, content)] = json.loads(path.read_bytes()).items()
    kind = path.parent.name
    if kind == "LineageFacet":
        scope = "job" if "entries" in content else "dataset"
    elif kind == "BaseSubsetDatasetFacet" or "Input" in kind:
        scope = "input"
    elif "Output" in kind:
        scope = "output"
    else:
        scope = next(value for word, value in SCOPES.items() if f"{word}Facet" in kind)
    reading = read(scope, key, json.dumps(content).encode())
    assert (scope, key) in REGISTRY
    assert reading.value is not None
    assert reading.warnings == ()
