"""Colours that colour-blind readers tell apart, and that differ in grey print.

Okabe and Ito, "Color Universal Design" (2008), in an order in which neighbours differ most;
its yellow is left out, as a thin yellow line cannot be seen on white paper.
"""

BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#767676"

LINES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)
# The signs of weights and values, in every picture and page: paper is zero.
POSITIVE, NEGATIVE = BLUE, VERMILION
# Four kinds of line and seven colours: 28 lines stay apart.
DASHES = ("solid", "dashed", "dotted", "dashdot")
