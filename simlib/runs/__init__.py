"""Running scenarios × replications × counties on the cores there are."""
