"""What was found out about an address, beside the form: asked for by a job, told in words."""
