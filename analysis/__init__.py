"""Arena Workbook: analyse Chatbot Arena votes, with the uncertainty shown.

    import analysis as arena

    votes = arena.load_votes("sample")
    arena.board(votes, "multi_turn").table

Each function returns a result with `.table` (a pandas DataFrame), `.sentence` (computed prose), a rich notebook display
and `.plot()`. `__init__.pyi` is the table of contents; a name is imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
