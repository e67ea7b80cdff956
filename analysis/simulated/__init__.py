"""Parts of the simulated arena; `analysis.simulate` puts them together."""
