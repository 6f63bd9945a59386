"""The lots in which a county's contract posts are bought."""

from __future__ import annotations

EXISTING, BOUGHT = 0, 1
LOTS = ("existing", "bought")
"""Names of the lots by their number: posts there were before the plan, posts the plan buys."""
