"""What people type, and what they mean: each query with its expected first hit.

A row is (why it is here, query, kind, name). An empty kind: nothing is found.
"""

from tests.catalog.search_world import RUN, RUN_NAME

ORDERS = "shop.public.orders"
CUSTOMERS = "shop.public.customers"
REVENUE = "ANALYTICS.PUBLIC.FCT_REVENUE_DAILY"
ADDRESS = "ANALYTICS.PUBLIC.dimCustomerAddress"
CLICKS = "raw/clickstream/2026/05/04/part-0001.parquet"
STREETS = "shop.public.Straßenverzeichnis"
LONG = "shop.public." + "very_long_" * 40 + "end"
EXTRACT = "nightly_load.extract_orders"
D, J, N = "dataset", "job", "namespace"

TABLE = [
    # Names, whole and in part
    ("the whole name", "shop.public.orders", D, ORDERS),
    ("the last part of a name", "orders", D, ORDERS),
    ("schema.table", "public.orders", D, ORDERS),
    ("schema.table of another schema", "archive.orders", D, "shop.archive.orders"),
    ("the beginning of the last part", "order_it", D, "shop.public.order_items"),
    ("from the middle of a word", "ustome", D, CUSTOMERS),
    ("from the middle, over a separator", "c.order_i", D, "shop.public.order_items"),
    ("a longer word begins so", "cust", D, CUSTOMERS),
    ("one of many, the other way round", "items order", D, "shop.public.order_items"),
    ("the singular of a plural", "customer", D, CUSTOMERS),
    ("the plural of a singular", "payments", D, "raw/payments"),
    ("upper case for lower", "SHOP.PUBLIC.ORDERS", D, ORDERS),
    ("lower case for upper", "fct_revenue_daily", D, REVENUE),
    ("words of snake_case", "fct revenue", D, REVENUE),
    ("snake_case without its signs", "fctrevenuedaily", D, REVENUE),
    ("camelCase as it is", "dimCustomerAddress", D, ADDRESS),
    ("camelCase in lower case", "dimcustomeraddress", D, ADDRESS),
    ("words of camelCase", "customer address", D, ADDRESS),
    ("camelCase as snake_case", "dim_customer_address", D, ADDRESS),
    ("an acronym in camelCase", "http request", D, "ANALYTICS.PUBLIC.HTTPRequestLog"),
    ("slashes", "raw/clickstream", D, CLICKS),
    ("a file's name", "part-0001.parquet", D, CLICKS),
    ("a date in a path", "2026/05/04", D, CLICKS),
    ("digits", "20260504", D, "ANALYTICS.PUBLIC.tmp_20260504_v2"),
    ("letters with digits", "v2", D, "ANALYTICS.PUBLIC.tmp_20260504_v2"),
    ("dots and a version", "checkout.events.v1", D, "checkout.events.v1"),
    ("an apostrophe", "O'Reilly", D, "O'Reilly books"),
    ("a very long name", LONG, D, LONG),
    ("the end of a very long name", "long_very_long_end", D, LONG),
    ("spaces around and within", "  fct   revenue ", D, REVENUE),
    ("a job", "extract_orders", J, EXTRACT),
    ("a job by its whole name", "nightly_load.extract_orders", J, EXTRACT),
    ("a job by its first words", "nightly load", J, "nightly_load"),
    ("a dbt model", "stg_customers", J, "model.shop.stg_customers"),
    ("a namespace with a scheme", "snowflake://acme-prod", N, "snowflake://acme-prod"),
    ("a namespace in part", "acme", N, "snowflake://acme-prod"),
    ("a port of a namespace", "db.example:5432", N, "postgres://db.example:5432"),
    ("a place and a name", "lake payments", D, "raw/payments"),
    # Signs that mean something to databases
    ("a per cent sign is one", "100%", D, "shop.public.100%_match"),
    ("a per cent sign alone", "%", D, "shop.public.100%_match"),
    ("a per cent sign is no wildcard", "sh%ders", "", ""),
    ("an underscore is one", "a_b", D, "shop.public.a_b"),
    ("an underscore is no wildcard", "c_stomers_", "", ""),
    ("a backslash", "\\", "", ""),
    ("operators of tsquery", "orders & | ! ( :*", D, ORDERS),
    ("a quote that never ends", '"order items', D, "shop.public.order_items"),
    # Accents and other letters
    ("without an accent", "resume", D, "shop.public.résumé_uploads"),
    ("with an accent", "résumé", D, "shop.public.résumé_uploads"),
    ("an accent of its own", "re\u0301sume\u0301", D, "shop.public.résumé_uploads"),
    ("ß as ss", "strassenverzeichnis", D, STREETS),
    ("ß", "straßen", D, STREETS),
    ("capital ẞ", "STRAẞEN", D, STREETS),
    ("an umlaut", "müller", D, "shop.public.müller_kunden"),
    ("an umlaut left out", "muller", D, "shop.public.müller_kunden"),
    ("an umlaut written out", "mueller", D, "shop.public.müller_kunden"),
    ("a ring", "angstrom", D, "shop.public.Ångström_readings"),
    ("a stroke", "lodz", D, "shop.public.łódź_stores"),
    # Scripts without spaces
    ("Japanese, the beginning", "顧客", D, "shop.public.顧客マスタ"),
    ("Japanese, the end", "マスタ", D, "shop.public.顧客マスタ"),
    ("Japanese, a description", "基本情報", D, "shop.public.顧客マスタ"),
    ("Japanese, a column", "氏名", D, "shop.public.顧客マスタ"),
    ("Chinese, the middle", "订单", D, "shop.public.客户订单明细"),
    ("Chinese, one sign", "户", D, "shop.public.客户订单明细"),
    ("Chinese, all of it", "客户订单明细", D, "shop.public.客户订单明细"),
    ("Chinese, signs apart", "客户明细", "", ""),
    ("Korean, the beginning", "고객", D, "shop.public.고객정보"),
    ("Korean, a description", "전화번호", D, "shop.public.고객정보"),
    ("Korean, decomposed", "\u1100\u1169\u1100\u1162\u11a8", D, "shop.public.고객정보"),
    ("an emoji", "🚀", D, "shop.public.🚀_launches"),
    ("an emoji and a word", "🚀 launches", D, "shop.public.🚀_launches"),
    # Mistakes
    ("two letters swapped", "custoemrs", D, CUSTOMERS),
    ("a letter missing", "custmers", D, CUSTOMERS),
    ("a letter too many", "custoomers", D, CUSTOMERS),
    ("a wrong letter", "custoners", D, CUSTOMERS),
    ("two mistakes in a long word", "clikcstraem", D, CLICKS),
    ("a mistake in one of two words", "fct revenoe", D, REVENUE),
    ("a mistake in a column", "custmer_email", D, CUSTOMERS),
    ("a mistake in an accented word", "strassenverzeichnsi", D, STREETS),
    ("too many mistakes", "xqzvkjw", "", ""),
    # Columns, tags, owners, words
    ("a column", "customer_email", D, CUSTOMERS),
    ("a column in part", "iban", D, "raw/payments"),
    ("words of a column", "order total", D, ORDERS),
    ("a column in camelCase", "user agent", D, "ANALYTICS.PUBLIC.HTTPRequestLog"),
    ("a column in upper case", "net_revenue", D, REVENUE),
    ("a name and a column", "customers vorname", D, CUSTOMERS),
    ("a tag of the vocabulary", "PII.email", "tag", "PII.email"),
    ("a harvested tag", "gdpr", D, CUSTOMERS),
    ("an owner who is a principal", "Stella Maris", D, ORDERS),
    ("an owner who is a group", "data platform", D, "raw/payments"),
    ("a harvested owner", "team:sales", D, ORDERS),
    ("a domain", "Finance/Payments", "domain", "Finance/Payments"),
    ("a glossary term", "net revenue term", "", ""),
    ("a term by its synonym", "turnover", "term", "Net revenue"),
    ("a term by another synonym", "nettoumsatz", "term", "Net revenue"),
    ("words of a term's definition", "left of sales", "term", "Net revenue"),
    ("a data product", "customer 360", "product", "Customer 360"),
    ("words of a harvested description", "bank sends", D, "raw/payments"),
    ("words of a curated description", "golden", D, ORDERS),
    ("a job's description", "cleans", J, "model.shop.stg_customers"),
    ("a phrase", '"after refunds"', D, REVENUE),
    ("a phrase that is none", '"refunds after"', "", ""),
    ("a phrase in a name", '"order items"', D, "shop.public.order_items"),
    # Other names, and runs
    ("another name of a dataset", "warehouse/fct_revenue_daily", D, REVENUE),
    ("a run", RUN, "run", EXTRACT),
    ("a run by the beginning of its id", RUN[:13], "run", EXTRACT),
    ("a run in capitals", RUN.upper(), "run", EXTRACT),
    ("a run whose id is none of UUIDs", RUN_NAME, "run", "nightly_load"),
    # Nothing
    ("nothing", "", "", ""),
    ("spaces", "   ", "", ""),
    ("a null character", "\0", "", ""),
]  # fmt: skip
