"""The words each command of the command line takes, one function a family of commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from simlib import words
from simlib.drive.printed import FORMATS

Command = Callable[[str, str, str], argparse.ArgumentParser]
"""Adds a command: its name, the module it stands in, what it does."""


_SERVICE_LISTS = ("households", "indicators", "needs", "projects", "coverage", "counties", "detail")


def _named(text: str) -> Path:
    """A file or folder that has a name: a blank would be the folder one stands in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(words.say("cli_blank"))
    return Path(text)


def add_law_and_format(*parsers: argparse.ArgumentParser) -> None:
    """What every command that reads law and prints a table takes."""
    for added in parsers:
        added.add_argument("--format", choices=FORMATS, default="table")
        added.add_argument("--law", action="append", default=[], metavar="DIR")


def add_files(command: Command) -> None:
    """init, check and what else concerns files of a workspace."""
    module = "filecommands"
    init = command("init", module, "make a workspace (scenarios, notebooks) in a new folder")
    init.add_argument("folder", type=Path)
    check = command("check", module, "validate scenarios, experiments, places and law")
    check.add_argument("paths", nargs="*", type=Path)
    check.add_argument("--list", action="store_true", help="print every parameter name")
    add_places(command)


def add_places(command: Command) -> None:
    """place: build, import."""
    module = "placecommands"
    place = command("place", module, "a place built from the frame, or imported from one's own table")
    actions = place.add_subparsers(dest="action", required=True, metavar="ACTION")
    about = "build a synthetic-labelled place from the frame"
    build = actions.add_parser("build", help=about, description=about)
    build.add_argument("name")
    build.add_argument("--seed", type=int, default=None)
    about = "look at one's own Excel or CSV table, and with --yes make it a place"
    own = actions.add_parser("import", help=about, description=about)
    own.add_argument("file", type=Path)
    own.add_argument("--name", required=True, help="of the new place: lower-case letters, digits, - and _")
    own.add_argument("--title", help="in words (default: its county)")
    own.add_argument("--province", help="full name (default: that of the codes)")
    own.add_argument("--county", metavar="CODE", help="of a table without a column of counties: code or name")
    own.add_argument("--sheet", help="its title (default: the one with most known headings)")
    own.add_argument("--header", metavar="N,N", help="rows of the headings")
    for option, form, told in (
        ("--column", "N=NAME", "what the Nth column stands for: dibao_urban_households, or none"),
        ("--unit", "N=10000", "what the numbers of the Nth column are multiplied by: 1 or 10000"),
        ("--area", "ROW=CODE", "code of the township in a row, where its name is not enough"),
        ("--total", "ROW", "a row that is a sum (none: no row is)"),
    ):
        own.add_argument(option, action="append", default=[], metavar=form, help=told)
    own.add_argument(
        "--pass", action="append", default=[], metavar="ROW", dest="passed", help="a row that is no data"
    )
    own.add_argument("--yes", action="store_true", help="write the place; without it only look")
    own.add_argument("--format", choices=FORMATS, default="table")
    for action in (build, own):
        action.add_argument("--out", type=_named, help="folder to write (default scenarios/places/NAME)")
        action.add_argument("--lang", choices=words.LANGS, default=argparse.SUPPRESS)
    template = command("template", module, "write the Excel form for a place's own figures")
    template.add_argument("path", type=Path)
    filled = template.add_mutually_exclusive_group()
    filled.add_argument("--place", type=Path, help="a place whose townships are filled in")
    filled.add_argument("--county", metavar="CODE", help="a county whose townships are filled in")


def add_law(command: Command) -> None:
    """What the texts say: formulas, money rules, documents of purchasing."""
    module = "lawcommands"
    formulas = command("formulas", module, "the staffing formulas, one row each")
    formulas.add_argument("--values", action="store_true", help="one row a dated value, with its source")
    formulas.add_argument("--money", action="store_true", help="the money rules, one row each")
    formulas.add_argument(
        "--purchasing", action="store_true", help="what documents say on buying services, one row a clause"
    )
    formulas.add_argument("--explain", metavar="ID", help="a formula, money rule or document in plain words")
    formulas.add_argument(
        "--compare",
        action="append",
        metavar="DRIVER=N,…",
        help="posts of such a township under every formula",
    )
    formulas.add_argument(
        "--reading", action="append", default=[], metavar="[ID.]K=V|V", help="with --compare"
    )
    add_law_and_format(formulas)
    schema = command("schema", module, "JSON Schemas of the files a person writes")
    schema.add_argument("name", nargs="?", help="one of them; default: all")


def add_staffing(command: Command) -> None:
    """staffing: posts by office."""
    staffing = command("staffing", "lawcommands", "posts a formula asks for in a place, office by office")
    staffing.add_argument("place", type=Path)
    staffing.add_argument("--formula", required=True)
    staffing.add_argument("--reading", action="append", default=[], metavar="K=V", help="or: all")
    staffing.add_argument("--level", help="city,county,township,village,institution")
    staffing.add_argument("--on", help="date of the law (default: the latest the text states)")
    priced = staffing.add_mutually_exclusive_group()
    priced.add_argument("--price", type=float, help="yearly price of a bought post [yuan]")
    priced.add_argument("--wage", type=float, help="all-in wage; fee, tax, training, equipment on top [yuan]")
    either = staffing.add_mutually_exclusive_group()
    either.add_argument(
        "--cliffs",
        nargs="?",
        const="steps",
        choices=("steps", "merge", "split"),
        help="distance to the next step, or who gains posts by merging or splitting",
    )
    staffing.add_argument(
        "--ratio", action="store_true", help="add existing ÷ required and existing − required"
    )
    either.add_argument("--fund", metavar="RULE", help="posts a money rule pays (or: fixed, none)")
    staffing.add_argument(
        "--cap-yuan", type=int, help="yearly money for posts of the whole place, with fixed"
    )
    staffing.add_argument("--share-for-posts", type=float, help="part of the rule's money that pays posts")
    staffing.add_argument("--sharing", choices=("proportional", "keep_minimum", "equal_load"))
    staffing.add_argument("--method", choices=("largest_remainder", "webster"))
    add_law_and_format(staffing)


def add_services(command: Command) -> None:
    """services for families."""
    services = command("services", "servicecommands", "services for families: the items, or a place's lists")
    services.add_argument("place", nargs="?", type=Path, help="default: the items of the catalogue")
    services.add_argument("--explain", type=int, metavar="N", help="item N in plain words")
    services.add_argument("--list", choices=_SERVICE_LISTS, help="one list alone")
    services.add_argument("--share", metavar="S", help="of last year's grant, for the projects: 0.01 …")
    services.add_argument(
        "--what-if", action="append", default=[], metavar="S", help="a share above the document, marked so"
    )
    services.add_argument("--rationing", choices=("first_come", "grade", "equal_share"))
    services.add_argument("--figures", choices=("low", "mode", "high"), help="side of the ranges of need")
    services.add_argument("--left-yuan", metavar="N", help="of this year's grant after benefits [yuan]")
    for name in ("special", "lottery", "donations"):
        services.add_argument(f"--{name}-yuan", metavar="N", help="outside the cap, the whole place [yuan]")
    services.add_argument("--townships", metavar="CODE,…", help="priority townships only")
    services.add_argument("--mutual-help", action="store_true", help="paired helpers do a part of it")
    services.add_argument("--rule", help="money rule that caps the purchase (default Shizuishan's)")
    services.add_argument("--on", help="date of the law (default: the latest the text states)")
    add_law_and_format(services)


def add_runs(command: Command) -> None:
    """What simulates: run, plan, bench; and report, which shows it again."""
    module = "runcommands"
    run = command("run", module, "simulate a scenario and print its measures with intervals")
    run.add_argument("scenario", type=Path)
    run.add_argument("--format", choices=FORMATS, default="table")
    run.add_argument("--cases", action="store_true", help="write a record of every decided case, too")
    run.add_argument(
        "--one-at-a-time",
        nargs="*",
        metavar="KEY|GROUP",
        help="move assumptions to either end of their range, each by itself"
        " (groups: workforce budget procurement)",
    )
    run.add_argument(
        "--half-width",
        type=float,
        metavar="N",
        help="replications until the interval of the measure reaches no farther to either side",
    )
    run.add_argument("--relative", type=float, metavar="S", help="the same as a share of the mean, if larger")
    run.add_argument("--most", type=int, metavar="N", help="with --half-width: at most (default 500)")
    run.add_argument(
        "--measure", action="append", metavar="NAME", help="with --one-at-a-time or --half-width"
    )
    run.add_argument("--cell", help="with --one-at-a-time: id of the option of an experiment")
    plan = command("plan", module, "the main job: simulate an experiment and write its pages")
    plan.add_argument("experiment", type=Path)
    plan.add_argument("--no-notebooks", action="store_true", help="simulate only")
    plan.add_argument("--dry-run", action="store_true", help="show what would run, and what it would cost")
    plan.add_argument("--format", choices=FORMATS, default="table", help="with --dry-run")
    report = command("report", module, "the pages of an experiment that was run: edition, language, paper")
    report.add_argument("run", type=Path, metavar="RUN", help="its folder, or the experiment's file")
    for added in (plan, report):
        added.add_argument("--edition", choices=("internal", "submission"), default="internal")
        added.add_argument(
            "--draft", action="store_true", help="a submission of unverified figures, marked so"
        )
        added.add_argument("--pdf", action="store_true", help="print each page (Chromium, Chrome or Edge)")
    report.add_argument("--fresh", action="store_true", help="run again the notebooks that are done")
    bench = command("bench", module, "measure the engines and whole places: times, ratios, memory")
    bench.add_argument("--only", action="append", default=[], metavar="NAME", help="office, network …")
    bench.add_argument("--seed", type=int, default=None, help="of the trace and the places' chance")
    bench.add_argument("--format", choices=FORMATS, default="table")
    compare, optimise = add_decisions(command)
    for added in (run, plan, compare, optimise):
        added.add_argument("--out", type=_named, help="folder of results (default reports/NAME)")
        added.add_argument("--set", action="append", default=[], metavar="A.B=C", dest="overrides")
        added.add_argument("--replications", type=int)
        either = added.add_mutually_exclusive_group()
        either.add_argument("--workers", type=int, help="processes (default: the cores there are)")
        either.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler whose workers compute")
        added.add_argument("--engine", choices=("compiled", "reference"))
        added.add_argument("--fresh", action="store_true", help="compute again what is stored")
        added.add_argument("--law", action="append", default=[], metavar="DIR")


def add_decisions(command: Command) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """The commands that simulate in order to decide."""
    module = "decidecommands"
    compare = command("compare", module, "options side by side: paired differences and the decision")
    compare.add_argument("experiment", type=Path)
    compare.add_argument("--view", metavar="ID", help="view whose options are compared (default: grid)")
    compare.add_argument(
        "--choose", action="store_true", help="replications where they are needed, until the best is known"
    )
    compare.add_argument(
        "--confirm", type=int, default=20, metavar="N", help="with --choose: replications on fresh chance"
    )
    compare.add_argument(
        "--flip",
        nargs="*",
        metavar="KEY|GROUP",
        help="smallest changes of one or two assumptions that overturn the recommendation (also: readings)",
    )
    compare.add_argument(
        "--rivals", type=int, default=2, metavar="N", help="with --flip: next best options that stand against"
    )
    compare.add_argument(
        "--budget", type=int, default=60, metavar="N", help="with --flip: changed worlds simulated at most"
    )
    compare.add_argument(
        "--futures", metavar="AXIS", help="regret of each option over the futures of an axis"
    )
    optimise = command("optimise", "optimisecommand", "the best allocation of whole posts to offices")
    optimise.add_argument("experiment", type=Path)
    optimise.add_argument("--list", choices=("formulas", "offices", "frontier", "transfers"))
    optimise.add_argument("--view", metavar="ID", help="view whose options stand beside it (default: grid)")
    wanted = optimise.add_mutually_exclusive_group()
    wanted.add_argument("--posts", type=int, metavar="N", help="the best use of N bought posts")
    wanted.add_argument("--money-yuan", type=float, metavar="N", help="the best use of a year's money")
    wanted.add_argument("--target", type=float, metavar="S", help="fewest posts for this on-time share")
    optimise.add_argument("--levels", type=int, default=3, help="most posts tried in a township (default 3)")
    optimise.add_argument("--bureau-levels", type=int, default=1, help="most at a bureau (default 1)")
    optimise.add_argument(
        "--fresh-replications", type=int, default=20, metavar="N", help="of the look on fresh chance"
    )
    for added in (compare, optimise):
        added.add_argument("--format", choices=FORMATS, default="table")
    compare.add_argument("--measure", metavar="NAME", help="what is to be best (default on_time_share)")
    compare.add_argument("--indifference", type=float, help="the smallest difference worth finding")
    compare.add_argument("--confidence", type=float, help="with which the decision is right (default 0.95)")
    compare.add_argument("--target-measure", metavar="NAME", help="default on_time_share")
    compare.add_argument("--target", type=float, help="what it must reach in every year")
    compare.add_argument("--demand", type=float, help="share of replications that must (default 0.95)")
    compare.add_argument("--most", type=int, help="with --choose: replications at most (default 500)")
    compare.add_argument(
        "--rare-loss",
        type=float,
        metavar="SHARE",
        help="with --choose: part of the measure that a replication too rare to be seen may lose",
    )
    return compare, optimise


def add_results(command: Command) -> None:
    """What reads an experiment that was run: status, forms, stories of cases."""
    module = "resultcommands"
    status = command("status", module, "how far each batch is, which failed, which was broken off")
    status.add_argument("folder", nargs="?", type=Path, help="default: reports/ of this workspace")
    status.add_argument("--format", choices=FORMATS, default="table")
    export = command("export", module, "fill an official form from an experiment that was run")
    export.add_argument("run_folder", type=Path, metavar="RUN", help="folder of results")
    export.add_argument("--form", required=True, metavar="NAME", help="annex-1, annex-2, staffing-status …")
    export.add_argument("--cell", help="id of the option (default: the first that is compared)")
    export.add_argument("--out", type=_named, metavar="FILE", help="ends in .xlsx, .csv, .docx or .html")
    export.add_argument("--limit-yuan", type=float, metavar="N", help="the place's purchase limit [yuan]")
    export.add_argument(
        "--tender-yuan", type=float, metavar="N", help="the place's open-tender amount [yuan]"
    )
    trace = command("trace", module, "one case told step by step, or the list of a county's decided cases")
    trace.add_argument("run_folder", type=Path, metavar="RUN", help="folder of results")
    trace.add_argument(
        "case", nargs="?", metavar="CASE", help="its name in the list: township-household-matter"
    )
    trace.add_argument("--cell", help="id of the option (default: the first that is compared)")
    trace.add_argument("--replication", type=int, default=0, metavar="N", help="counted from 0")
    trace.add_argument("--county", metavar="CODE", help="of the list (default: least decided on time)")
    add_law_and_format(trace)
    families = command(
        "families", "familycommands", "a run's simulated families: who was assessed, what each needs and got"
    )
    families.add_argument("run", type=Path, metavar="RUN", help="folder of results, or the file that was run")
    families.add_argument("--cell", help="id of the option (default: the first that is compared)")
    families.add_argument("--replication", type=int, default=0, metavar="N", help="counted from 0")
    families.add_argument("--county", metavar="CODE", help="one county alone (default: all)")
    families.add_argument("--on", metavar="DATE", help="end of its month (default: the plan's last day)")
    families.add_argument("--list", choices=("households", "needs", "projects"), help="one list alone")
    families.add_argument("--out", type=_named, metavar="FILE", help="ends in .xlsx, .csv, .docx or .html")
    add_law_and_format(families)
    runs = command("runs", "storedruns", "list stored runs; with RUN… set them side by side")
    runs.add_argument("runs", nargs="*", metavar="RUN", help="folder of results, or 8 digits of a hash")
    runs.add_argument("--reports", type=Path, metavar="DIR", help="where to look (default: reports)")
    runs.add_argument("--measure", action="append", metavar="NAME")
    runs.add_argument("--format", choices=FORMATS, default="table")
    verify = command("verify", "verifycommand", "derive every number of a report again from its store")
    verify.add_argument("report", type=Path, metavar="REPORT", help="folder of a report, or one page of it")
    verify.add_argument(
        "--resimulate", type=int, default=0, metavar="N", help="simulate N replications of each option again"
    )
    verify.add_argument("--format", choices=FORMATS, default="table")
    verify.add_argument("--law", action="append", type=Path, default=[], metavar="DIR")
