"""What a person drives: notebooks in batch, the main job, the command line."""
