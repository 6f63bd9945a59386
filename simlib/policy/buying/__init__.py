"""Purchase documents: methods, statutory times, evaluations, what a proposal must keep."""
