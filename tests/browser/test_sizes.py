"""What a page weighs: one that is sent by mail or opened on a phone must be light."""


def test_a_page_has_at_most_one_and_a_half_megabytes_and_an_edition_twelve(edition):
    assert [(page.name, page.stat().st_size) for page in edition.pages if page.stat().st_size > 1_500_000] == []
    # What readers open: the data that an edition keeps (votes, tables, topics) grows with the votes.
    assert sum(path.stat().st_size for path in edition.folder.iterdir() if path.suffix in (".html", ".ipynb")) <= 12_000_000
