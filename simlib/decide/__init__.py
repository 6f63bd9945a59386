"""What simulated results say about a choice: which assumption moves what, which option is to be preferred."""
