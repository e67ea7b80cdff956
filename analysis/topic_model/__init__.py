"""The parts of the topic model, in the order in which one uses another: tokens, concepts, languages, corpus, words, ngrams,
neural, vectors, embeddings, clusters, assignment, quality, terms, model, summary, storage, endpoint; then pooling and
topic_votes, for boards by topic, topic_categories, and views. `analysis.topics` puts them together."""
