select
    customer_id,
    first_name || ' ' || last_name as full_name,
    lower(email) as email,
    country,
    signed_up_on,
    wants_newsletter,
    loyalty_tier
from {{ source('raw', 'customers') }}
