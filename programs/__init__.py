"""What was promised: programmes and their versions, tiers, earn rules, rewards, the pure rule engine."""
