curl {endpoint}/v1/purchases \
  -H "Authorization: Bearer {key}" \
  -H "Content-Type: application/json" \
  -d '{
    "purchase_id": "first-1", "customer_id": "c-1", "currency": "{currency}",
    "items": [{"sku": "MUG-01", "name": "Stoneware mug",
               "quantity": 2, "unit_price": "6.95"}]
  }'
