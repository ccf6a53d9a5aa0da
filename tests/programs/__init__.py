"""The programme rules, proved on the worked examples."""
