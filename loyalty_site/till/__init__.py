"""The cashier's room: find a member, ring up a sale, use a code. Holds no rules; asks the floors below."""
