"""Services for families: the items, needs, who comes first, the capped fund, the lists."""
