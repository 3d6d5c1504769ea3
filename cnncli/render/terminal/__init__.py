"""What a terminal shows, and a pipe: tables, progress, characters."""
