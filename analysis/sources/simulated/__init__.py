"""Parts of the simulated arena; `analysis.sources.simulated.simulate` puts them together."""
