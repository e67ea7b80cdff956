"""`python -m analysis` is `arena-workbook`."""

import sys

from analysis.cli import main

sys.exit(main())
