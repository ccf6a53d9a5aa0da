"""Receipts without a customer: kept when they are sold, claimed once by the member who holds the paper."""
