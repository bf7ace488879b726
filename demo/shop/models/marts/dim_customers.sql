select
    customers.customer_id,
    customers.full_name,
    customers.email,
    customers.country,
    customers.signed_up_on,
    customers.loyalty_tier,
    min(orders.ordered_on) as first_ordered_on,
    count(orders.order_id) as order_count
from {{ ref('stg_customers') }} as customers
left join {{ ref('stg_orders') }} as orders
    on customers.customer_id = orders.customer_id
group by
    customers.customer_id,
    customers.full_name,
    customers.email,
    customers.country,
    customers.signed_up_on,
    customers.loyalty_tier
