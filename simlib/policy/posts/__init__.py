"""How many posts a text asks for: formulas, workload, offices, cliffs, comparisons."""
