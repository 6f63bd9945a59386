"""What a planner sees: charts, tables, annexes, the decision in words, the offline report.

contract → names → blocks → decision → figures → charts → tables → annex, firstlook → report
→ sheets → wordfile → sheetfiles → statusform → purchaseforms → forms.
Altair is loaded by `charts` alone.
"""
