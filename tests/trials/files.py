"""Write what the owner of a study would bring: a list, a catalogue, outlines and reports."""

import json
import tomllib

import numpy as np

from hganalysis.study import DATA

from .study import HOSTILE

OUT_OF = {"people": ("dân số", "residents"), "households": ("hộ", "households")}
OUT_OF |= {"births": ("trẻ mới sinh", "births"), "files": ("hồ sơ tiếp nhận", "files received")}
PROVINCE = {"province_code": "77", "province": "Tỉnh Sông Thử"}


def write(study, folder):
    """Write the files; give them by the names that `publish.lay_out` has for them."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {"places": "danh-sach.csv", "indicators": "chi-tieu.toml"}
    names |= {"areas": "ranh-gioi.geojson", "reports": "bao-cao.csv"}
    files = {name: folder / file for name, file in names.items()}
    listed(study).to_csv(files["places"], index=False)
    files["indicators"].write_text(catalogue(study), encoding="utf-8")
    wide(study).to_csv(files["reports"], index=False)
    if study.traits.outlines == "none":
        del files["areas"]
    else:
        files["areas"].write_text(outlines(study), encoding="utf-8")
    return files


def listed(study):
    """List the places with the columns that a study of its levels has."""
    table = study.listed.assign(**PROVINCE)
    if study.traits.centres == "none":
        table = table.drop(columns=["lon", "lat"])
    if study.traits.places == "whole":
        return table.drop(columns=["code", "name", "district_code", "district"])
    if study.traits.places == "districts":
        return table.drop(columns=["code", "name"])
    if study.traits.places == "communes":
        return table.drop(columns=["district_code", "district"])
    return table


def codes(study):
    """Name the places that report by their codes: those of districts where there are no others."""
    if study.traits.places == "whole":
        return dict.fromkeys(study.listed["code"], PROVINCE["province_code"])
    column = "district_code" if study.traits.places == "districts" else "code"
    codes_sent = study.listed[column]
    return dict(zip(study.listed["code"], codes_sent, strict=True))


def wide(study):
    """Arrange the reports as the form has them: a row for each place and year."""
    keys = ["code", "period"]
    index = [*keys, "indicator"]
    numbers = study.reports.set_index(index)[["count", "out_of"]]
    table = numbers.unstack()
    table.columns = [f"{name}.{part}" for part, name in table.columns]
    order = [f"{measure.name}.{part}" for measure in study.measures for part in ("count", "out_of")]
    table = table[[name for name in order if name in table]].reset_index()
    for measure in study.measures:  # the list says how many residents there are
        if measure.of == "people" and f"{measure.name}.out_of" in table:
            table[f"{measure.name}.out_of"] = None
    table = table.merge(study.teams, on=keys, how="left")
    if study.traits.residents == "reported":
        table = table.merge(study.residents, on=keys, how="left")
    places = study.listed.set_index("code")
    districts = table["code"].map(places["district"])
    table.insert(1, "district", districts)
    communes = table["code"].map(places["name"])
    table.insert(2, "commune", communes)
    if study.traits.places in {"districts", "whole"}:
        table = table.drop(columns="commune")
    if study.traits.places in {"communes", "whole"}:
        table = table.drop(columns="district")
    table["code"] = table["code"].map(codes(study))
    return table.convert_dtypes()


def outlines(study):
    """Draw each place as a square; the communes of a district, or some of them."""
    table = study.listed
    half = study.cell / 2
    if study.traits.outlines == "partial":
        is_drawn = np.arange(len(table)) % 3 > 0
        table = table[is_drawn] if len(table) > 1 else table
    features = []
    for row in table.itertuples():
        west = row.lon - half
        south = row.lat - half
        east = row.lon + half
        north = row.lat + half
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        ring = [[round(lon, 5), round(lat, 5)] for lon, lat in corners]
        features.append((row.code, row.district_code, ring))
    has_districts = study.traits.places == "both" and study.traits.outlines == "districts"
    by_district = study.traits.places == "districts" or has_districts
    if not by_district:
        shapes = [(code, "Polygon", [ring]) for code, _, ring in features]
        return _geojson(shapes)
    parts = {}
    for _, district, ring in features:
        parts.setdefault(district, []).append([ring])
    shapes = [(code, "MultiPolygon", rings) for code, rings in parts.items()]
    return _geojson(shapes)


def _geojson(shapes):
    features = []
    for code, kind, coordinates in shapes:
        geometry = {"type": kind, "coordinates": coordinates}
        features.append(
            {
                "type": "Feature",
                "properties": {"ma": code},
                "geometry": geometry,
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


def catalogue(study):
    """Describe the measures; the quantities are those of the package."""
    text = DATA.joinpath("indicators.toml").read_text(encoding="utf-8")
    measures = enumerate(study.measures)
    entries = [_entry(study, number, measure) for number, measure in measures]
    quantities = text[text.index("# What is mapped and is no count") :]
    text_of_catalogue = "\n".join([*entries, quantities])
    tomllib.loads(text_of_catalogue)
    return text_of_catalogue


def _entry(study, number, measure):
    bad = f" {HOSTILE[number % len(HOSTILE)]}" if study.traits.names == "hostile" else ""
    vi, en = OUT_OF[measure.of]
    unit = "files" if measure.of == "files" else "people"
    texts = {"label": (f"Chỉ tiêu {number + 1}{bad}", f"Measure {number + 1}{bad}")}
    texts["counts"] = (f"số đếm {number + 1}", f"count {number + 1}")
    texts["out_of"] = (vi, en)
    lines = [f"[indicators.{measure.name}]"]
    lines += [f'role = "{measure.role}"'] if measure.role else []
    lines += [f"{key} = {_texts(*pair)}" for key, pair in texts.items()]
    lines += [
        f'unit = "{unit}"',
        f'denominator = "{"residents" if measure.of == "people" else measure.of}"',
        f'kind = "{measure.kind}"',
        f"users = {str(measure.role in {'headline', 'platform', 'people'}).lower()}",
    ]
    lines += [
        f"when.{period} = {_texts(f'đến 31/12/{period}', f'to 31 December {period}')}"
        for period in measure.periods
    ]
    if measure.role == "files":
        lines.append(f"target.{measure.periods[0]} = {_breaks(measure, study)[2]}")
    lines += [f"breaks = {_breaks(measure, study)}", "change_breaks = [-8, -4, 0, 4, 8]"]
    return "\n".join(lines) + "\n"


def _texts(vi, en):
    vi, en = (json.dumps(text, ensure_ascii=False) for text in (vi, en))
    return f"{{ vi = {vi}, en = {en} }}"


def _breaks(measure, study):
    """Choose four breaks around the level, such as people would who know what was counted."""
    rows = study.reports[study.reports["indicator"] == measure.name]
    share = rows["count"] / rows["out_of"]
    usual = share.groupby(rows["period"]).median().min()
    level = measure.level
    if measure.kind == "share" and usual < level / 5:  # most counts are small
        level = max(usual, 1e-5)
    if measure.kind == "share" and level > 0.9:
        return [0.95, 0.97, 0.98, 0.99]
    step = float(f"{level / 4:.1g}")
    return [float(f"{step * (step_number + 2):.4g}") for step_number in range(4)]
