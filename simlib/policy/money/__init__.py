"""Money rules: who pays what, the ledger of posts, what a cap cannot carry and why."""
