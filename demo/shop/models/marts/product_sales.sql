select
    products.product_id,
    products.sku,
    products.product_name,
    products.category,
    cast(sum(items.quantity) as bigint) as units_sold,
    cast(sum(items.gross_amount - items.discount_amount) as double) as revenue,
    cast(sum(items.quantity * products.cost) as double) as cost_of_goods
from {{ ref('stg_order_items') }} as items
inner join {{ ref('stg_products') }} as products
    on items.product_id = products.product_id
group by
    products.product_id,
    products.sku,
    products.product_name,
    products.category
