{{ config(severity = 'warn') }}

select order_id
from {{ ref('stg_payments') }}
group by order_id
having count(*) > 1
