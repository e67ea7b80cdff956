"""The table of contents: what `import analysis as arena` offers, and where each name lives. Read at run time too."""

from .ratings.board import board as board
from .ratings.board_lists import style_coefficients as style_coefficients, unrated as unrated
from .ratings.boards import boards as boards, category_ranks as category_ranks, leaders as leaders
from .claims.claims import check_claims as check_claims
from .shares.contents import (
    cleaning as cleaning,
    counts as counts,
    coverage as coverage,
    empty_cells as empty_cells,
    losses as losses,
    overview as overview,
)
from .ratings.dependence import dependence as dependence
from .errors import (
    BusyError as BusyError,
    InputError as InputError,
    NotebookError as NotebookError,
    UsageError as UsageError,
    WorkbookError as WorkbookError,
)
from .prompts.exposure import exposure as exposure
from .ratings.frontier import frontier as frontier, open_board as open_board
from .ratings.group_boards import group_boards as group_boards
from .ratings.history import compare_histories as compare_histories, history as history, read_history as read_history
from .shares.judges import judges as judges
from .results.listing import gaps as gaps
from .votes.provenance import provenance as provenance
from .ratings.published import read_board as read_board
from .ratings.rank_rule import rank_rule as rank_rule
from .prompts.repeats import repeats as repeats
from .ratings.settings import Settings as Settings
from .ratings.shift import compare as compare, shift as shift, style_shift as style_shift
from .sources.simulated.simulate import simulate as simulate
from .topics.board_lists import (
    clear_changes as clear_changes,
    pooling as pooling,
    topic_changes as topic_changes,
    topic_leaders as topic_leaders,
)
from .topics.cache import kept_topics as kept_topics
from .topics.lists import (
    broad_list as broad_list,
    follow_ups as follow_ups,
    topic_examples as topic_examples,
    topic_languages as topic_languages,
    topic_list as topic_list,
    topic_quality as topic_quality,
    topic_repeats as topic_repeats,
    topic_settings as topic_settings,
)
from .topics.model import TopicSettings as TopicSettings
from .topics.boards import topic_boards as topic_boards
from .topics.topics import topics as topics
from .shares.turns import turn_share as turn_share
from .sources.load import load_votes as load_votes
from .ratings.win_rates import win_rates as win_rates
