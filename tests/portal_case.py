"""Invent a province of the portal: 60 communes, its raw answers, and its list of places."""

import json

import numpy as np
import pandas as pd
from country import NAMES_OF_TWO

CODE = "H77"
NAME = "Tỉnh Sông Mây"
N_COMMUNES = 60
SEED = 77

STUDY = """
name = { vi = "Sông Mây", en = "Song May" }
counted = { vi = "thanh toán trực tuyến", en = "online payment" }
country = "VN"
periods = ["2026-Q3"]

[levels.province]
one = { vi = "tỉnh", en = "province" }
many = { vi = "tỉnh", en = "provinces" }

[levels.commune]
one = { vi = "xã", en = "commune" }
many = { vi = "xã", en = "communes" }

[indicators.paid_online]
label = { vi = "Hồ sơ được thanh toán trực tuyến", en = "Files paid online" }
out_of = { vi = "hồ sơ có nghĩa vụ tài chính", en = "files with a fee due" }
over_time = "new"
"""


def communes():
    """List the communes: codes of the Statistics Office and of the portal, names and counts."""
    draw = np.random.default_rng(SEED)
    number = np.arange(N_COMMUNES)
    names = draw.permutation(sorted({tuple(sorted(pair.split())) for pair in NAMES_OF_TWO}))
    due = draw.integers(0, 3_000, N_COMMUNES)
    # one place has nothing due, one nearly nothing paid, one a number in its name
    due[:2] = 0, 803
    paid = draw.binomial(due, draw.uniform(0.5, 1, N_COMMUNES))
    paid[1] = 5
    kinds = np.where(number % 4, "Xã", "Phường")
    return pd.DataFrame(
        {
            "code": [f"{30_000 + 3 * one}" for one in number],
            "name": [f"{kind} {' '.join(names[one])}" for one, kind in enumerate(kinds)],
            # numbers of one, two and three digits: text has another order
            "other_code": [f"{CODE}.{one + 8}" for one in number],
            "former_district": [f"Huyện {' '.join(names[-1 - one % 5])}" for one in number],
            "lon": 108 + 0.1 * (number % 8),
            "lat": 14 + 0.1 * (number // 8),
            "paid": paid,
            "due": due,
        }
    )


def list_of_places(listed):
    """Write the list as a user would, with residents for the studies that need them."""
    columns = listed.drop(columns=["paid", "due"])
    return columns.assign(population=5_000, province_code="77", province=NAME)


WAYS = (
    "UBND {}",
    "ubnd {}",
    "Ủy ban nhân dân {}",
    "UỶ BAN NHÂN DÂN {}",
    "Uy ban nhan dan {}",
    "UBND {} - tỉnh Sông Mây",
    "UBND {} - Tỉnh Sông Mây",
    "Ủy ban nhân dân {}, tỉnh Sông Mây",
    "UBND {} (tỉnh Sông Mây)",
    "3. UBND {}",
    "HĐND và UBND {}",
    "Trung tâm Phục vụ hành chính công {}",
)
"""How offices write the name of a place."""


def answer(listed, *, departments=((20, 30), (0, 0)), code=CODE, province=NAME):
    """Write the raw answer of the portal: the province, its departments and its communes."""
    children = [
        _child(f"{code}.0{number + 1}", f"Sở {number + 1} - {province}", "PROVINCE", *counts)
        for number, counts in enumerate(departments)
    ]
    for place in listed.itertuples():
        name = f"UBND {place.name}"
        children.append(_child(place.other_code, name, "COMMUNE", place.paid, place.due))
    total = pd.DataFrame(children)[[PAID, DUE]].sum()
    parent = {
        "departmentName": f"UBND {province}",
        "departmentCode": code,
        "totalScore": 6.7,
    }
    parent |= {
        PAID: int(total[PAID]),
        DUE: int(total[DUE]),
        "ratio": 66.7,
    }
    return {"code": "OK", "data": {"parent": parent, "children": children}}


PAID, DUE = "totalDossierOnlinePaymentSuccess", "totalDossierFinancialObligation"


def _child(code, name, level, paid, due):
    """Write one office; its score has nothing to do with its share."""
    return {
        "departmentId": f"id-{code}",
        "departmentName": name,
        "departmentCode": code,
        "level": level,
        "ratio": 62.5,
        "totalScore": 6.25,
        PAID: int(paid),
        DUE: int(due),
    }


def write(file, content):
    """Write an answer as the portal sends it: one line of JSON."""
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file
