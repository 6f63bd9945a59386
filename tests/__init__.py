"""The tests. A package of its own name, so that no installed package called `tests` stands in its place."""
