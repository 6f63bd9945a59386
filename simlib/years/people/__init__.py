"""Posts and those who hold them: hiring, training, terms, leaving; how much of a post works."""
