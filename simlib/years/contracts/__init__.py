"""Buying: tenders, bids, challenges, providers, evaluations, and what a contract does to its posts."""
