"""The parts of the topic model, in the order in which one uses another: tokens, concepts, languages, words, ngrams, neural,
embedding, vectors, embeddings, corpus, clusters, assignment, quality, terms, model, summary, storage, endpoint; then pooling and
topic_votes, for boards by topic, topic_categories, and views. `analysis.topics.topics` puts them together."""
