"""Families and their matters: who lives, asks, is reviewed and leaves; what is still open."""
