"""What is drawn: figures, sheets, animations, diagrams."""

import logging

# Matplotlib says at its import that a home is read-only, which is no matter of the user's.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
