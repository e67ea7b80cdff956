"""What is new since an earlier edition, or an earlier board: each change by how far it lies beyond its own noise."""
