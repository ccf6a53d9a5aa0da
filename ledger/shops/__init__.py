"""Online shops and tills of others: what they tell us, how it becomes purchases, and coupons made there."""
