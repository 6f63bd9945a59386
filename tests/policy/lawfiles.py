"""Good small files of law, one of each kind, for tests that spoil them."""

from pathlib import Path

FORMULA = """\
kind: formula
id: own-rule
title: {zh: 自拟, en: Own}
region: {zh: 某县, en: A county}
issuer: {zh: 某局, en: A bureau}
document: none
stated_on: 2026-01-01
status: draft
readings: {boundary: upper, counts: all, existing_counts: yes}
versions:
  2026-01-01:
    modality: at_least
    source: {title: A note}
    levels:
      township:
        driver: households
        unit: household
        rule:
          steps:
            - {to: 300, posts: 2}
            - {from: 300, to: 600, posts: 4}
            - {from: 600, posts: 6}
"""
MONEY = """\
kind: money_rule
id: own-money
title: {zh: 自拟, en: Own}
region: {zh: 某县, en: A county}
issuer: {zh: 某局, en: A bureau}
document: none
stated_on: 2026-01-01
status: draft
pays: posts
base: dibao_spending
readings: {base_tier: own}
factors:
  base_tier: {own: money.own_tier_share, all_tiers: 1}
share_for_posts: money.share_for_posts
versions:
  2026-01-01:
    modality: target
    source: {title: A note}
    sum:
      - share: {amount: 0.03}
"""
CLOCKS = """\
clocks.own.notice_days:
  description: {zh: 公示, en: Notice}
  unit: day
  values:
    2026-01-01: {value: 7, until: 2026-12-31, status: draft, source: {title: A note}}
    2027-01-01: {value: 5, status: draft, source: {title: Another}}
"""
ASSUMED = """\
own.visit_hours:
  description: {zh: 入户, en: A visit}
  unit: hour
  values:
    2026-01-01: {low: 0.4, mode: 0.8, high: 1.5, status: assumption, source: {title: A guess}}
"""
PURCHASE = """\
kind: purchase_document
id: own-purchase
title: {zh: 自拟, en: Own}
region: {zh: 某县, en: A county}
issuer: {zh: 某局, en: A bureau}
document: none
stated_on: 2026-01-01
status: draft
under: [procurement-law]
versions:
  2026-01-01:
    source: {title: A note}
    clauses:
      - rule: panel
        article: "3"
        says: {zh: 评审, en: a panel}
        least: 3
        odd: true
"""
GOOD = {"formula": FORMULA, "money": MONEY, "clocks": CLOCKS, "assumed": ASSUMED, "purchase": PURCHASE}


def write_local_rule(folder: Path, *entries: str, comment: str = "") -> Path:
    """A file `ours.yaml` with a local rule of these clock entries, the first on row 16."""
    listed = "".join(f"      - {entry}\n" for entry in entries)
    file = folder / "ours.yaml"
    file.write_text(
        f"""{comment}kind: local_rule
id: ours
title: {{zh: 我市规定, en: Our rule}}
region: {{zh: 我市, en: Our city}}
issuer: {{zh: 我市民政局, en: Our civil-affairs bureau}}
document: 文号
stated_on: 2026-01-01
status: draft
notes:
  - {{zh: 测试, en: for a test}}
versions:
  2026-01-01:
    # what holds there
    source: {{title: 我市规定, article: part 2}}
    clocks:
{listed}""",
        "utf-8",
    )
    return file
