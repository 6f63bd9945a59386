"""Desk work: what an office does with its cases, minute by minute."""
