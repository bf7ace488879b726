"""A pull request of the demo's dbt project, and SQL, against what stands."""

import copy
import json

import pytest
from django.core.management import CommandError, call_command

from lineage.impact.proposals.comparing import is_same_type
from lineage.impact.proposals.sql import NotReadable, projection, statements
from tests.lineage.impact.conftest import DUCK, column, severities
from tests.lineage.test_impact import river  # noqa: F401

pytestmark = pytest.mark.django_db


def model(name, columns, *, schema="marts", contract=True, **more):
    return {
        "resource_type": "model",
        "package_name": "shop",
        "database": "shop",
        "schema": schema,
        "name": name,
        "alias": name,
        "config": {"materialized": "table", "contract": {"enforced": contract}},
        "columns": {
            each: {"name": each, "data_type": of_type}
            for each, of_type in columns.items()
        },
        **more,
    }


FCT_ORDERS = {
    "order_id": "integer",
    "customer_id": "integer",
    "ordered_on": "date",
    "status": "varchar",
    "channel": "varchar",
    "order_total": "decimal(12, 2)",
    "paid_amount": "double",
}
OTHERS = (
    *(("staging", f"stg_{n}") for n in
      ("customers", "orders", "order_items", "payments", "products")),
    *(("marts", n) for n in ("dim_customers", "product_sales", "channel_revenue")),
)  # fmt: skip


@pytest.fixture
def manifest():
    """The project as it stands, as far as contracts say; staging has none."""
    models = {
        "model.shop.fct_orders": model("fct_orders", FCT_ORDERS),
        "model.shop.daily_revenue": model(
            "daily_revenue",
            {"ordered_on": "DATE", "order_count": "int8", "revenue": "decimal(38,2)"},
        ),
        "model.shop.customer_value": model(
            "customer_value",
            {
                "customer_id": "integer",
                "full_name": "text",
                "country": "varchar",
                "loyalty_tier": "varchar",
                "order_count": "bigint",
                "lifetime_revenue": "decimal(38, 2)",
            },
        ),
        **{
            f"model.shop.{name}": model(name, {}, schema=schema, contract=False)
            for schema, name in OTHERS
        },
        "model.shop.dates": {
            **model("dates", {}),
            "config": {"materialized": "ephemeral"},
        },
        "test.shop.not_null": {"resource_type": "test", "name": "not_null"},
    }
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "adapter_type": "duckdb",
            "project_name": "shop",
        },
        "nodes": models,
    }


def changes(answer):
    return [
        (one["kind"], one.get("nodeId") or one.get("name"), one.get("to"))
        for one in answer["changes"]
    ]


def test_a_project_that_is_as_it_stands_changes_nothing(shop, manifest, foresee):
    answer = foresee({"manifest": manifest, "failOn": "stale"})

    assert answer["changes"] == []
    assert answer["hits"] == []
    assert answer["again"] is None
    assert not answer["verdict"]["fails"]
    # Where there is no contract nobody can say that no column goes: that is told.
    assert len(answer["completeness"]["unresolved"]) == len(OTHERS)


def test_every_difference_of_a_pull_request_is_a_change(shop, manifest, foresee):
    """fct_orders loses its status, gets a note, its total becomes a double again;
    daily_revenue is renamed, product_sales removed, and a model is new."""
    nodes = copy.deepcopy(manifest["nodes"])
    columns = nodes["model.shop.fct_orders"]["columns"]
    del columns["status"]
    columns["order_total"]["data_type"] = "double"
    columns["note"] = {"name": "note", "data_type": "varchar"}
    nodes["model.shop.daily_revenue"]["alias"] = "revenue_by_day"
    del nodes["model.shop.product_sales"]
    nodes["model.shop.returns"] = model("returns", {"order_id": "integer"})

    answer = foresee({"manifest": {**manifest, "nodes": nodes}, "failOn": "breaks"})

    fct = "shop.marts.fct_orders"
    assert set(changes(answer)) == {
        ("drop-column", column(fct, "status"), None),
        ("retype-column", column(fct, "order_total"), "double"),
        ("add-column", f"{fct}.note", None),
        ("rename-dataset", f"dataset:{DUCK}:shop.marts.daily_revenue",
         "shop.marts.revenue_by_day"),
        ("add-dataset", "shop.marts.revenue_by_day", None),
        ("drop-dataset", f"dataset:{DUCK}:shop.marts.product_sales", None),
        ("add-dataset", "shop.marts.returns", None),
    }  # fmt: skip
    told = severities(answer)
    assert told["job", "shop.marts.shop.channel_revenue"] == ("breaks", "reads", 1)
    assert told["job", "revenue_dashboard"] == ("breaks", "reads", 1)
    assert (
        told["column", "shop.marts.customer_value.lifetime_revenue"][0] == "may-alter"
    )
    assert answer["verdict"]["fails"]


def test_compiled_code_says_which_columns_a_model_has(shop, manifest, foresee):
    stg = manifest["nodes"]["model.shop.stg_payments"]
    stg["compiled_code"] = (
        'with p as (select * from "shop"."raw"."payments")'
        " select payment_id, order_id, amount, paid_at from p"
    )

    answer = foresee({"manifest": manifest})

    gone = column("shop.staging.stg_payments", "method")
    assert changes(answer) == [("drop-column", gone, None)]


def test_a_manifest_may_be_the_body_itself_and_the_answer_a_comment(
    shop, manifest, client
):
    del manifest["nodes"]["model.shop.fct_orders"]["columns"]["order_total"]

    answer = client.post(
        "/api/v1/impact?failOn=breaks",
        json.dumps(manifest),
        content_type="application/json",
        headers={"Accept": "text/markdown"},
    )

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["X-Impact-Verdict"] == "fail"
    comment = answer.content.decode()
    assert comment.startswith("## Impact\n\n**Fails** on `breaks`: ")
    assert "- `Drop shop.marts.fct_orders.order_total`" in comment
    assert "| column `shop.marts.daily_revenue.revenue` | 1 |" in comment
    assert "**Owners**: `team:marketing` (2), `team:finance` (1)" in comment


def test_a_refusal_is_json_whatever_was_asked_for(client, river):  # noqa: F811
    for accept in ("text/markdown", "text/csv"):
        answer = client.post(
            "/api/v1/impact",
            "{}",
            content_type="application/json",
            headers={"Accept": accept},
        )
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
    plain = client.get("/api/v1/impact?nodeId=dataset:data:raw&format=md")
    assert plain.status_code == 400


def test_what_only_adds_is_asked_again(shop, foresee, client):
    answer = foresee({"sql": "create table new (a int)", "namespace": DUCK})

    assert answer["changes"] == [{"kind": "add-dataset", "name": "new"}]
    assert client.get(answer["again"]).json()["hits"] == []


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"manifest": {"nodes": {}, "metadata": {}}}, "manifest_unreadable"),
        ({"manifest": {"nodes": 3}}, "manifest_unreadable"),
        ({"manifest": [1]}, "manifest_unreadable"),
        ({"sql": "select 1"}, "sql_unreadable"),
        ({"sql": "create table ((("}, "sql_unreadable"),
        ({"sql": "create table t as select * from x"}, "sql_unreadable"),
        ({"sql": "("}, "sql_unreadable"),
        ({"sql": "create table nowhere (a int)"}, "namespace_unclear"),
        ({"sql": ["x"]}, "sql_unreadable"),
        ({"sql": "create table t (a int)", "dialect": "klingon"}, "sql_unreadable"),
        ({}, "change_unclear"),
        ([], "change_unclear"),
        ({"sql": "x", "manifest": {}}, "change_unclear"),
        ({"change": "drop"}, "change_unclear"),
        ({"change": {"kind": "explode"}}, "change_unclear"),
        ({"change": {"kind": "drop-dataset"}}, "change_unclear"),
        ({"change": {"kind": "drop-dataset", "nodeId": 3}}, "change_unclear"),
        ({"change": {"kind": "drop-dataset", "nodeId": "dataset:a:b"}}, "not_found"),
        ({"change": {"kind": "revoke-source", "namespace": "a\0"}}, "change_unclear"),
        ({"change": {"kind": "revoke-source", "namespace": "none"}}, "not_found"),
        ({"changes": [{"kind": "stop-job", "nodeId": "job:a:b"}]}, "not_found"),
        ({"changes": []}, "change_unclear"),
        ({"changes": [{"kind": "erase-subject", "nodeIds": []}]}, "change_unclear"),
        ({"sql": "drop table t", "asOf": "yesterday"}, "change_unclear"),
        ({"sql": "drop table t", "failOn": "always"}, "sql_unreadable"),
    ],
)
def test_what_is_no_question_is_told_so(foresee, question, code):
    told = foresee(question, status=404 if code == "not_found" else 422)
    if question != {"sql": "drop table t", "failOn": "always"}:
        assert told["type"].endswith(code)


def test_sql_is_compared_with_the_table_that_stands(shop, foresee):
    """A dropped column, another type, a new one; names without database or schema."""
    sql = """
      create table marts.fct_orders (
        order_id integer, customer_id bigint, ordered_on date, status varchar,
        channel varchar(20), order_total decimal(12,2), Note text
      );
      alter table daily_revenue rename column revenue to turnover;
      alter table daily_revenue alter column ordered_on drop not null;
      alter table daily_revenue alter column nothing type int;
      drop table if exists product_sales;
    """

    answer = foresee({"sql": sql, "namespace": DUCK})

    fct, daily = "shop.marts.fct_orders", "shop.marts.daily_revenue"
    assert set(changes(answer)) == {
        ("retype-column", column(fct, "customer_id"), "BIGINT"),
        ("drop-column", column(fct, "paid_amount"), None),
        ("add-column", f"{fct}.Note", None),
        ("rename-column", column(daily, "revenue"), "turnover"),
        ("null-column", column(daily, "ordered_on"), None),
        ("drop-dataset", f"dataset:{DUCK}:shop.marts.product_sales", None),
    }
    assert answer["completeness"]["unresolved"] == [
        "daily_revenue.nothing: no such column is known."
    ]


def test_sql_may_be_the_body_itself(shop, client):
    answer = client.post(
        f"/api/v1/impact?namespace={DUCK}",
        "create view shop.marts.daily_revenue as select ordered_on from x",
        content_type="application/sql",
    )

    daily = "shop.marts.daily_revenue"
    assert changes(answer.json()) == [
        ("drop-column", column(daily, "order_count"), None),
        ("drop-column", column(daily, "revenue"), None),
    ]


@pytest.mark.parametrize(
    ("one", "other", "dialect", "is_same"),
    [
        ("integer", "INT4", "duckdb", True),
        ("decimal(12, 2)", "DECIMAL(12,2)", "", True),
        ("decimal(12, 2)", "decimal(12, 3)", "", False),
        ("decimal", "numeric(38,9)", "postgres", True),
        ("text", "varchar(20)", "postgres", True),
        ("varchar(10)", "varchar(20)", "postgres", False),
        ("double", "float8", "postgres", True),
        ("int", "bigint", "", False),
        ("struct<a:int>", "struct<a:bigint>", "spark", False),
        ("my own type", "my  OWN type", "", True),
        ("%%%", "int", "", False),
    ],
)
def test_types_are_one_however_they_are_spelt(one, other, dialect, is_same):
    assert is_same_type(one, other, dialect) is is_same


def test_statements_nested_without_end_are_refused():
    with pytest.raises(NotReadable):
        statements("create table t as select " + "(" * 20_000, "")
    assert projection("select * from t", "") is None
    assert projection("select a, b as c from t", "") == ["a", "c"]


# --- The command -------------------------------------------------------------


def test_the_command_ends_with_1_if_something_breaks(
    shop, admin, manifest, tmp_path, capsys
):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    call_command("impact", "--as", "ada", "--manifest", str(path), "--fail-on", "stale")
    assert "**Passes** on `stale`" in capsys.readouterr().out

    del manifest["nodes"]["model.shop.fct_orders"]["columns"]["status"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(SystemExit) as ended:
        call_command(
            "impact", "--as", "ada", "--manifest", str(path), "--fail-on", "breaks"
        )

    assert ended.value.code == 1
    assert "### Breaks (4)" in capsys.readouterr().out


def test_the_command_ends_with_2_if_it_cannot_answer(shop, admin, tmp_path):
    unread = tmp_path / "no.sql"
    asked = [
        ["--as", "nobody", "--change", "drop-dataset", "--node", "dataset:a:b"],
        ["--as", "ada", "--change", "drop-dataset", "--node", "dataset:a:b"],
        ["--as", "ada", "--sql", str(unread)],
        ["--as", "ada", "--manifest", __file__],
    ]
    for words in asked:
        with pytest.raises(CommandError) as refusal:
            call_command("impact", *words)
        assert refusal.value.returncode == 2
