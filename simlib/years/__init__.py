"""Months and years: households, posts, money; who decides what between the months at the desks."""
