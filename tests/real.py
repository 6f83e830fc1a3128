"""Put two real places in use: sub-counties of Kenya in 2019, and districts of India, two years."""

from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from hganalysis import sources
from hganalysis.publish.own import definitions
from hganalysis.publish.own import write as lay_out

EXAMPLES = Path(__file__).parents[2] / "shared" / "data" / "examples"
STUDY = """
name = "{name}"
language = "en"
years = {years}
[levels.province]
one = "country"
many = "countries"
[levels.district]
one = "{upper}"
many = "{uppers}"
[levels.commune]
one = "{lower}"
many = "{lowers}"
[residents]
origin = "census"
by = "census"
"""


def _measure(name, *, of, kind, role):
    role = f'role = "{role}"\n' if role else ""
    return f"""
[indicators.{name}]
{role}label = "{name}"
counts = "{name}"
out_of = "{of}"
unit = "people"
denominator = "{of}"
kind = "{kind}"
users = {"true" if kind == "share" else "false"}
breaks = [0.1, 0.2, 0.3]
change_breaks = [-2, 0, 2]
"""


@contextmanager
def _use(folder, listed, measures, described):
    folder.mkdir(parents=True, exist_ok=True)
    named = {name: folder / name for name in ("places.csv", "measures.toml", "study.toml")}
    listed.to_csv(named["places.csv"], index=False)
    shipped = sources.DATA.joinpath("indicators.toml").read_text(encoding="utf-8")
    quantities = shipped[shipped.index("# What is mapped and is no count") :]
    named["measures.toml"].write_text("".join([*measures, quantities]), encoding="utf-8")
    named["study.toml"].write_text(described, encoding="utf-8")
    lay_out(folder / "data", definitions(*named.values()))
    with sources.use(folder / "data"):
        yield


@contextmanager
def kenya(folder):
    """Give reports of four measures of 345 sub-counties in 47 counties."""
    table = pd.read_csv(EXAMPLES / "kenya_2019_subcounties.csv")
    table["code"] = [f"K{at:03d}" for at in range(len(table))]
    county = table["county_code"].map("C{:02d}".format)
    listed = pd.DataFrame(
        {"code": table["code"], "name": table["subcounty"], "district_code": county,
         "district": table["county"], "population": table["persons_3plus"]}
    )  # fmt: skip
    columns = {"internet_users": "persons_3plus", "computer_users": "persons_3plus",
               "mobile_owners": "persons_3plus", "online_buyers": "persons_15plus"}  # fmt: skip
    measures = [
        _measure(name, of="residents" if out_of == "persons_3plus" else "adults", kind="share",
                 role={"internet_users": "headline", "online_buyers": ""}.get(name, "platform"))
        for name, out_of in columns.items()
    ]  # fmt: skip
    described = STUDY.format(name="Kenya", years=[2019], upper="county", uppers="counties",
                             lower="sub-county", lowers="sub-counties")  # fmt: skip
    reports = [
        pd.DataFrame({"code": table["code"], "year": 2019, "indicator": name,
                      "count": table[name], "out_of": table[out_of], "origin": "reported"})
        for name, out_of in columns.items()
    ]  # fmt: skip
    with _use(folder, listed, measures, described):
        yield pd.concat(reports, ignore_index=True)


@contextmanager
def india(folder):
    """Give reports of users and transactions of one payment service in 165 districts, two years."""
    table = pd.read_csv(EXAMPLES / "india_pulse_districts.csv")
    table["code"] = [f"I{at:03d}" for at in range(len(table))]
    listed = pd.DataFrame(
        {"code": table["code"], "name": table["district"], "district_code": table["state"],
         "district": table["state"], "population": table["population_2011"]}
    )  # fmt: skip
    measures = [_measure("users", of="residents", kind="ratio", role="headline"),
                _measure("transactions", of="residents", kind="ratio", role="")]  # fmt: skip
    described = STUDY.format(name="India", years=[2022, 2023], upper="state", uppers="states",
                             lower="district", lowers="districts")  # fmt: skip
    columns = {("users", 2022): "users_2022", ("users", 2023): "users_2023",
               ("transactions", 2022): "transactions_2022q4",
               ("transactions", 2023): "transactions_2023q4"}  # fmt: skip
    reports = [
        pd.DataFrame({"code": table["code"], "year": year, "indicator": name,
                      "count": table[column], "out_of": table["population_2011"],
                      "origin": "reported"})
        for (name, year), column in columns.items()
    ]  # fmt: skip
    with _use(folder, listed, measures, described):
        yield pd.concat(reports, ignore_index=True)
