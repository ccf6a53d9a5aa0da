"""What it means: features, dormancy, measures, KPIs."""
