"""How far services reached, replication by replication: need met, in time, paid, left out, how pleased.

Empty where a run bought no services. Satisfaction is modelled, not surveyed.
"""

from __future__ import annotations

import pandas as pd

from simlib.units import FEN_PER_YUAN, SHARE_ONE


def _sums(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Sums by replication; no row where the frame has none."""
    if frame.empty:
        return pd.DataFrame(columns=list(columns), dtype=float)
    return frame.groupby("replication")[list(columns)].sum().astype(float)


def ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """One over the other, empty where the other is nought."""
    return part / whole.where(whole > 0)


def need_met(orders: pd.DataFrame) -> pd.Series:
    """Orders delivered, of all that came to an end but those withdrawn [0..1]."""
    sums = _sums(orders, "on_time", "late", "unmet")
    delivered = sums["on_time"] + sums["late"]
    return ratio(delivered, delivered + sums["unmet"])


def in_time(orders: pd.DataFrame) -> pd.Series:
    """Orders begun by their due day, of those placed with a provider that came to an end [0..1]."""
    sums = _sums(orders, "on_time", "late", "unmet", "unmet_money")
    return ratio(sums["on_time"], sums["on_time"] + sums["late"] + sums["unmet"] - sums["unmet_money"])


def satisfaction(orders: pd.DataFrame) -> pd.Series:
    """Mean satisfaction at return visits, modelled [0..1]."""
    sums = _sums(orders, "satisfaction_parts", "visited")
    return ratio(sums["satisfaction_parts"] / SHARE_ONE, sums["visited"])


def paid_yuan(money: pd.DataFrame) -> pd.Series:
    """What services were paid, out of all funds [yuan]."""
    return _sums(money, "paid_fen")["paid_fen"] / FEN_PER_YUAN


def fared(households: pd.DataFrame, how: str) -> pd.Series:
    """Families that fared in one way in the last year looked at [household]."""
    if households.empty:
        return _sums(households, how)[how]
    return _sums(households[households["year"] == households["year"].max()], how)[how]
