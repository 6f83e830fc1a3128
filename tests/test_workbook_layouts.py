"""Check that a report in any layout reads back: no row lost, no number invented."""

import io
from dataclasses import dataclass, field

import defects
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hganalysis import places
from hganalysis.workbook import reading

COMMUNES = places.communes()
DISTRICTS = places.districts()["name_vi"]
HEADS = {
    "code": ["Mã xã", "MÃ ĐVHC", "code"],
    "commune": ["Tên xã", "Xã/Phường/Thị trấn", "Đơn vị", "Tªn x·"],
    "district": ["Huyện", "Huyện, thị xã, thành phố", "District"],
    "year": ["Năm", "Year"],
    "teams": ["Số tổ", "SL tổ", "Số tổ CNSCĐ"],
    "members": ["Số TV", "Số thành viên (người)", "Members"],
    "app_users.count": ["Người dùng ứng dụng nền tảng số", "app_users.count"],
    "app_users.out_of": ["Người dùng ứng dụng nền tảng số: trên tổng số"],
}
GROUP = "Người dùng ứng dụng nền tảng số"
MISSING = [None, None, "-", "chưa báo cáo"]


def written(number, style):
    """Write a number as a person does, in a way that leaves no doubt."""
    if number is None or style == "typed":
        return number
    texts = {
        "text": f"{number}",
        "spaces": f"{number:,}".replace(",", "\N{NO-BREAK SPACE}"),
        "vi": f"{number:,}".replace(",", ".") + ",0",
        "en": f"{number:,}.0",
        "unit": f"{number} người",
    }
    return texts[style]


@dataclass
class Report:
    """Rows as they are written, with what must be read: kinds, and values by row and field."""

    rows: list = field(default_factory=list)
    kinds: list = field(default_factory=list)
    truth: dict = field(default_factory=dict)
    merges: list = field(default_factory=list)
    hidden: list = field(default_factory=list)
    name: str = "Sheet1"

    def add(self, kind, cells, truth=None):
        self.rows.append(cells)
        self.kinds.append(kind)
        for name, value in (truth or {}).items():
            self.truth[len(self.rows), name] = value

    def read(self, file):
        with xlsxwriter.Workbook(file) as workbook:
            page = workbook.add_worksheet(self.name)
            for at, cells in enumerate(self.rows):
                page.write_row(at, 0, cells)
            for first, last, column, value in self.merges:
                if last > first:
                    page.merge_range(first - 1, column, last - 1, column, value)
            for row in self.hidden:
                page.set_row(row - 1, None, None, {"hidden": True})
        return reading.read_table(file)


@st.composite
def reports(draw):
    report = Report()
    year = draw(st.sampled_from([2022, 2023]))
    dated = draw(st.sampled_from(["column", "title", "sheet"]))
    layout = draw(st.sampled_from(["none", "dense", "merged", "sparse", "sections"]))
    fields = ["commune", *draw(st.lists(st.sampled_from(["teams", "members"]), unique=True))]
    grouped = draw(st.booleans())
    fields += ["app_users.count", "app_users.out_of"] if grouped or len(fields) == 1 else []
    fields += ["code"] if draw(st.booleans()) else []
    fields += ["year"] if dated == "column" else []
    fields += ["district"] if layout in {"dense", "merged", "sparse"} else []
    extras = draw(st.lists(st.sampled_from(["STT", "Ghi chú", "Cột lạ"]), unique=True))
    columns = draw(st.permutations([*fields, *extras]))
    if grouped:  # the two stand together
        columns = [name for name in columns if name != "app_users.out_of"]
        columns.insert(columns.index("app_users.count") + 1, "app_users.out_of")
    styles = {
        name: draw(st.sampled_from(["typed", "text", "spaces", "vi", "en", "unit"]))
        for name in ("teams", "members", "app_users.count", "app_users.out_of")
    }

    def title(text):
        report.add("title", [text])

    def blanks():
        for _ in range(draw(st.integers(0, 2))):
            report.add("blank", draw(st.sampled_from([[], [" ", "\xa0"]])))

    def header():
        top = [draw(st.sampled_from(HEADS.get(name, [name]))) for name in columns]
        if not grouped:
            report.add("header", top)
            return
        at = columns.index("app_users.count")
        below = [None] * len(columns)
        top[at : at + 2], below[at : at + 2] = [GROUP, None], ["Số đếm", "Trên tổng số"]
        report.add("header", top)
        report.add("header", below)
        if draw(st.booleans()):
            report.add("header", [f"({n})" for n in range(1, len(columns) + 1)])

    def commune(code, number, *, first):
        values = {"commune": COMMUNES.loc[code, "name_vi"], "code": code, "year": year}
        values["district"] = DISTRICTS[COMMUNES.loc[code, "district_code"]]
        cells, truth = [], {"year": year}
        for name in columns:
            if name in styles:
                value = draw(st.none() | st.integers(0, 9_999_999))
                shown = written(value, styles[name])
                shown = draw(st.sampled_from(MISSING)) if value is None else shown
                if shown is not None:
                    truth[name] = value
            elif name in values:
                truth[name] = shown = values[name]
                if name == "district" and layout != "dense" and not first:
                    shown = None
            else:
                shown = {"STT": number, "Ghi chú": "x", "Cột lạ": 12345}[name]
            cells.append(shown)
        if layout == "sections":
            truth["district"] = values["district"]
        report.add("accepted", cells, truth)

    def total(label):
        cells = [999 if name in styles else None for name in columns]
        cells[columns.index("commune")] = label
        truth = {name: 999 for name in columns if name in styles}
        report.add(
            "total",
            cells,
            {**truth, "commune": label, **({} if dated == "column" else {"year": year})},
        )

    for text in draw(st.lists(st.sampled_from(["UBND TỈNH", "BÁO CÁO", "(tính đến 31/12)"]))):
        title(text)
    if dated == "title":
        title(f"Kết quả năm {year}")
    report.name = f"Năm {year}" if dated == "sheet" else "Báo cáo"
    blanks()
    header()
    codes = draw(
        st.lists(st.sampled_from(COMMUNES.index.tolist()), min_size=1, max_size=7, unique=True)
    )
    last = ""
    for number, code in enumerate(sorted(codes), 1):
        district = COMMUNES.loc[code, "district_code"]
        first = district != last
        if layout in {"none", "dense"} and draw(st.integers(0, 9)) == 0:
            blanks()
        if layout in {"none", "dense"} and number > 1 and draw(st.integers(0, 9)) == 0:
            header()
        if first and layout == "sections":
            named = [None] * len(columns)
            named[columns.index("commune")] = DISTRICTS[district]
            report.add("header", named)
        if layout == "merged" and first:
            report.merges.append(
                [len(report.rows) + 1, 0, columns.index("district"), DISTRICTS[district]]
            )
        commune(code, number, first=first)
        if layout == "merged":
            report.merges[-1][1] = len(report.rows)
        if draw(st.integers(0, 9)) == 0:
            report.hidden.append(len(report.rows))
        last = district
    if draw(st.booleans()):
        total(draw(st.sampled_from(["Tổng cộng", "CỘNG", "Toàn tỉnh", "Tæng céng"])))
    blanks()
    for text in draw(
        st.lists(st.sampled_from(["Ghi chú: số liệu chính thức", "Người lập biểu", "(Ký tên)"]))
    ):
        report.add("note", [None, text])
    while report.kinds[-1] == "blank":  # a file ends where its last cell is
        report.rows.pop()
        report.kinds.pop()
    return report


@settings(max_examples=60)
@given(report=reports())
def test_any_layout_reads_back(tmp_path, report):
    found = report.read(tmp_path / "report.xlsx")
    errors = found.faults[found.faults["severity"] == "error"]
    assert errors.empty, errors["message"].tolist()
    assert found.rows["kind"].tolist() == report.kinds
    cells = found.cells
    read = dict(zip(zip(cells["row"], cells["field"], strict=True), cells["value"], strict=True))
    assert read == report.truth
    assert len(cells) == len(read)
    assert found.rows["row"].tolist() == list(range(1, len(report.rows) + 1))
    hidden = found.faults[found.faults["rule"] == "hidden_rows"]
    assert len(hidden) == (1 if report.hidden else 0)


@settings(max_examples=40)
@given(
    grid=st.lists(
        st.lists(
            st.none()
            | st.integers(-5, 3000)
            | st.sampled_from(
                ["Tên xã", "Số tổ", "Năm", "Mã xã", "Tổng cộng", "Xã Vị Tân", "1.234"]
            )
            | st.sampled_from(
                ["Huyện Vị Thủy", "Ghi chú: x", "-", "12 %", "31318", "2023", "Huyện"]
            )
            | st.text(max_size=5),
            max_size=6,
        ),
        max_size=12,
    )
)
def test_any_grid_at_all_is_accounted_for(tmp_path, grid):
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        defects.write_grid(book.add_worksheet(), grid)
    (tmp_path / "grid.xlsx").write_bytes(file.getvalue())
    found = reading.read_table(tmp_path / "grid.xlsx")
    kinds = found.rows["kind"]
    assert len(kinds) == sum(len(sheet.grid) for sheet in found.sheets)
    assert set(kinds) <= {"accepted", "rejected", "total", "title", "header", "note", "blank"}
    # a value is read where it stands or not at all
    for row, column, value in found.cells[["row", "column", "value"]].itertuples(index=False):
        if column and isinstance(value, int):
            stands = found.sheets[0].value(row, ord(column) - ord("A") + 1)
            assert (
                str(stands).replace(".", "").startswith(str(value))
                or "Năm" in str(stands)
                or stands is None
            )
    used = set(found.cells["row"])
    assert used <= set(found.rows.loc[kinds.isin(["accepted", "rejected", "total"]), "row"])
