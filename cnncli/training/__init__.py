"""Training: the recipe, the loop, the state that resumes, devices, what a network says."""
