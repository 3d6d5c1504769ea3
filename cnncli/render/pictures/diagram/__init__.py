"""Drawings of networks: one scene, drawn as a picture, or written as Mermaid or Graphviz text."""
