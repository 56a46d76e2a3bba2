"""What is kept as files beside the database."""
