select
    order_item_id,
    order_id,
    product_id,
    quantity,
    unit_price,
    quantity * unit_price as gross_amount,
    quantity * unit_price * discount_percent / 100 as discount_amount
from {{ source('raw', 'order_items') }}
