select
    product_id,
    sku,
    name as product_name,
    category,
    price,
    cost
from {{ source('raw', 'products') }}
