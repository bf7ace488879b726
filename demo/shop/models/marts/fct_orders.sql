with item_totals as (
    select
        order_id,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount
    from {{ ref('stg_order_items') }}
    group by order_id
),

payment_totals as (
    select
        order_id,
        sum(amount) as paid_amount
    from {{ ref('stg_payments') }}
    group by order_id
)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_on,
    orders.status,
    cast(item_totals.gross_amount - item_totals.discount_amount as double) as order_total,
    cast(coalesce(payment_totals.paid_amount, 0) as double) as paid_amount
from {{ ref('stg_orders') }} as orders
left join item_totals on orders.order_id = item_totals.order_id
left join payment_totals on orders.order_id = payment_totals.order_id
