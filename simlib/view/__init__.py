"""What a planner sees: charts, tables, annexes, the decision in words, the offline report.

contract → names → blocks → decision → figures → charts → tables → firstlook → report;
tables → poststeps, moneytables, timetable → yearcharts; sheets → sheetpage → wordfile → sheetfiles;
annex → loads; statusform → execution → executionform → purchaseforms → targetform → clashes → forms.
Altair is loaded by `charts` and `yearcharts` alone.
"""
