select
    channel,
    ordered_on,
    count(order_id) as order_count,
    sum(order_total) as revenue
from {{ ref('fct_orders') }}
where status <> 'cancelled'
group by
    channel,
    ordered_on
