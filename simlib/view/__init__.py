"""What a planner sees: charts, tables, annexes, the decision in words, the offline report.

contract → names → blocks → decision → figures, specs → chartparts → charts, placecharts → tables → firstlook;
firstlook → report;
tables → poststeps, moneytables, timetable → yearcharts; sheets → sheetpage → wordfile → sheetfiles;
annex → loads; statusform → execution → executionform → purchaseforms → targetform → clashes → forms.
Altair is loaded by the modules of charts alone.
"""

from __future__ import annotations

import sys

# Altair, like nbconvert, needs it only to check `iri` formats; without it both load in half the time.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
