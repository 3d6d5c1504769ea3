"""What is drawn: figures, sheets, animations, diagrams."""
