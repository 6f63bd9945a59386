"""The lots in which a county's contract posts are bought."""

from __future__ import annotations

EXISTING, BOUGHT = 0, 1
LOTS = ("existing", "bought")
"""Names of the lots by their number: posts there were before the plan, posts the plan buys."""

FIRST, RETENDER, FAILURE, NOT_CONTINUED, BEYOND = range(5)
GAP_CAUSES = ("first", "retender", "failure", "not_continued", "beyond")
"""Why posts stand without a contract: none was signed yet; it ran out before a successor began; its provider
failed; it was not continued after an evaluation; the contract, supplements and all, is for fewer posts."""

UNLIMITED = 1 << 40
"""Posts a contract covers where nothing limits them."""
