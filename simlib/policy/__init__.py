"""Rules of policy as pure functions of facts, dates and law: posts, prices, money."""
