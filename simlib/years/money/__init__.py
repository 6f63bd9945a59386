"""The budget year: accounts, cash by tier, wages, prices, what is paid and what is not."""
