"""Services for families: found by assessment, ordered under a capped fund, delivered, followed up."""
