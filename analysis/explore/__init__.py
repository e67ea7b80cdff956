"""Exploration in JupyterLab: pick categories, periods, languages and models, and see the boards move."""
