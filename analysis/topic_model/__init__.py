"""The parts of the topic model, in the order in which one uses another: tokens, concepts, corpus, words, neural, embeddings,
vectors, clusters, terms, assignment, quality, storage, endpoint. `analysis.topics` puts them together."""
