"""Budget execution of services for families: what each of their funds was given, paid, and holds for orders.

The capped part of the grant and the money outside the cap are funds of their own; in each, what is paid and
held never exceeds what was given, rounded to the fen as well.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simlib.units import MONTHS_PER_YEAR
from simlib.view.sofar import KEYS, since_january

SERVICES, EVALUATION = "services", "evaluation_cost"
"""The lines of the form under which services for families and their evaluations stand."""
AMOUNTS = ("fen_limit", "fen_paid", "fen_held")
_FUND = ["replication", "county_code", "fund"]


def service_amounts(money: pd.DataFrame, months: Sequence[int]) -> pd.DataFrame:
    """What each fund of services was given and paid since January, and holds [fen], means of replications.

    money: the table `service_money`, all replications. Indexed by `KEYS` and month, columns `AMOUNTS`:
    given (carried in and voted), paid, held for orders at the month's end. Without a row for a fund that
    never has money. Evaluations stand apart: their budget is what they come to in the year.
    """
    count = max(int(money["replication"].nunique()), 1)
    used = money.sort_values([*_FUND, "month"])
    change = used["held_fen"] - used.groupby([*_FUND, used["month"] // MONTHS_PER_YEAR])["held_fen"].shift(
        fill_value=0
    )
    amounts = {
        "fen_limit": money["carried_in_fen"] + money["voted_fen"],
        "fen_paid": money["paid_fen"],
        "used": money["paid_fen"] + change.reindex(money.index),
    }
    rows = money.rename(columns={"fund": "source"}).assign(line=SERVICES)
    parts = {
        name: since_january(rows[["month", *KEYS]].assign(fen=fen), months, count)["fen"]
        for name, fen in amounts.items()
    }
    found = pd.DataFrame(parts)
    found["fen_held"] = found["used"] - found["fen_paid"]
    has_money = found["fen_limit"].groupby(KEYS).transform("max") > 0
    found = found.loc[has_money, list(AMOUNTS)]
    judged = rows[rows["evaluation_fen"] > 0]
    if judged.empty:
        return found
    paid = since_january(judged.assign(fen=judged["evaluation_fen"]), months, count)["fen"]
    year = paid.index.get_level_values("month") // MONTHS_PER_YEAR
    whole = paid.groupby([*KEYS, year]).transform("max")
    apart = pd.DataFrame({"fen_limit": whole, "fen_paid": paid, "fen_held": 0})
    served = found.sub(apart.reindex(found.index, fill_value=0))
    return pd.concat([served, apart.rename(index={SERVICES: EVALUATION}, level="line")])
