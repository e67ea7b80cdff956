"""The table of contents: what `import analysis as arena` offers, and where each name lives. Read at run time too."""

# The votes: loaded, simulated, the categories that select some, and where they come from
from .sources.load import load_votes as load_votes
from .sources.simulated.simulate import simulate as simulate
from .categories.listed import categories as categories
from .votes.provenance import provenance as provenance

# What is counted
from .shares.contents import (
    cleaning as cleaning,
    counts as counts,
    coverage as coverage,
    empty_cells as empty_cells,
    losses as losses,
    one_vote as one_vote,
    overview as overview,
    sides as sides,
)
from .shares.judges import judges as judges
from .shares.turns import turn_share as turn_share

# Prompts that were asked before, or elsewhere
from .prompts.repeats import repeats as repeats
from .prompts.matching_errors import matching_errors as matching_errors
from .prompts.repeat_kinds import repeat_kinds as repeat_kinds
from .prompts.repeat_shares import repeat_shares as repeat_shares
from .prompts.growth import repeat_growth as repeat_growth
from .prompts.freshness import freshness as freshness
from .prompts.exposure import exposure as exposure

# Boards, and what they rest on
from .ratings.settings import Settings as Settings
from .ratings.boards import board as board, boards as boards, category_ranks as category_ranks, leaders as leaders
from .ratings.board_lists import (
    category_changes as category_changes,
    category_sizes as category_sizes,
    style_coefficients as style_coefficients,
    unrated as unrated,
)
from .ratings.example import worked_example as worked_example
from .ratings.group_boards import group_boards as group_boards
from .ratings.published import read_board as read_board
from .ratings.dependence import dependence as dependence
from .ratings.versus import versus as versus
from .ratings.win_rates import win_rates as win_rates
from .ratings.rank_rule import rank_rule as rank_rule
from .ratings.exposure_effect import exposure_effect as exposure_effect
from .ratings.frontier import frontier as frontier, open_board as open_board

# Shifts from board to board, and over time
from .ratings.shift import compare as compare, shift as shift, style_shift as style_shift
from .ratings.repeat_effect import repeat_effect as repeat_effect
from .ratings.day_shift import day_shift as day_shift
from .ratings.history import compare_histories as compare_histories, history as history, read_history as read_history

# Topics of the prompts, and who wins where
from .topics.model import TopicSettings as TopicSettings
from .topics.topics import topics as topics
from .topics.cache import kept_topics as kept_topics
from .topics.lists import (
    broad_list as broad_list,
    follow_ups as follow_ups,
    subtopic_list as subtopic_list,
    topic_examples as topic_examples,
    topic_languages as topic_languages,
    topic_list as topic_list,
    topic_quality as topic_quality,
    topic_repeats as topic_repeats,
    topic_settings as topic_settings,
)
from .topics.editions import compare_topics as compare_topics, topic_editions as topic_editions
from .topics.search import search_prompts as search_prompts
from .topics.boards import topic_boards as topic_boards
from .topics.board_lists import (
    clear_changes as clear_changes,
    pooling as pooling,
    topic_changes as topic_changes,
    topic_leaders as topic_leaders,
)

# Headlines held against the votes
from .claims.claims import check_claims as check_claims
from .claims.origins import claim_origins as claim_origins

# How far a board can be trusted
from .audit.audit import (
    audit as audit,
    audit_check as audit_check,
    audit_pair as audit_pair,
    audit_sampling as audit_sampling,
    next_pairs as next_pairs,
)

# Boards to play with, in JupyterLab
from .explore.panel import explore as explore

# What changed since an earlier edition
from .changes.editions import edition_changes as edition_changes, edition_part as edition_part

# What changed on a board that somebody publishes
from .changes.watch import (
    watch as watch,
    watch_classes as watch_classes,
    watch_history as watch_history,
    watch_moves as watch_moves,
    watch_shift as watch_shift,
    watch_shift_moves as watch_shift_moves,
    watch_steps as watch_steps,
)

# What was not possible, and errors
from .results.listing import gaps as gaps
from .surroundings import debug as debug
from .errors import (
    BusyError as BusyError,
    InputError as InputError,
    NotebookError as NotebookError,
    UsageError as UsageError,
    WorkbookError as WorkbookError,
)
