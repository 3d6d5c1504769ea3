"""The arithmetic behind the lesson's pictures: a neuron, activation functions, the window."""
