"""What a shop's own pages show of the programme: how many points a product earns. Nothing about anybody."""
