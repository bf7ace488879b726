select
    customers.customer_id,
    customers.full_name,
    customers.country,
    count(orders.order_id) as order_count,
    coalesce(sum(orders.order_total), 0) as lifetime_value
from {{ ref('dim_customers') }} as customers
left join {{ ref('fct_orders') }} as orders
    on customers.customer_id = orders.customer_id
group by
    customers.customer_id,
    customers.full_name,
    customers.country
