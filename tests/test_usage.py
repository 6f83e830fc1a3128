"""Help and what is said of a wrong call are in the language in use."""

import re
from pathlib import Path

import pytest
from refusal_texts import says
from shell import run
from typer.main import get_command

from hganalysis import cli, study, words
from hganalysis.study import described
from hganalysis.wording import read_texts

COMMANDS = sorted(get_command(cli.app).commands)
PLAN = ("plan", "app_users", "plan.json", "--number-from", "a draw", "--on", "2027-01-15")
# What a hand may write wrongly, and what is said of it in each language.
CALLS = {
    ("buildd",): ("Không có lệnh 'buildd'", "No such command 'buildd'"),
    ("zzz",): ("Không có lệnh 'zzz'.", "No such command 'zzz'."),
    ("build", "--nope"): ("Không có tùy chọn --nope.*--no-suppress", "No such option: --nope"),
    ("build", "-x"): ("Không có tùy chọn -x.", "No such option: -x"),
    ("build", "more", "still"): ("Thừa đối số: more still", r"extra .*\(more still\)"),
    ("build", "--out"): ("'--out' cần một giá trị", "'--out' requires"),
    ("build", "--no-suppress=1"): ("không nhận giá trị", "does not take a value"),
    ("slides",): ("Thiếu đối số 'file'", "Missing argument 'file'"),
    ("portal", "a.json"): ("Thiếu tùy chọn '--out'", "Missing option '--out'"),
    (*PLAN, "--start", "2026=1"): ("Thiếu tùy chọn '--period'", "Missing option '--period'"),
    (*PLAN, "--ratio", "much"): ("'--ratio' không đúng: cần một số", "'--ratio': .* number"),
    ("counts", "x", "--until", "soon"): ("'soon' không đúng dạng", "'soon' does not match"),
    ("counts", "x", "--period", "day"): ("'day' không phải một trong", "'day' is not one of"),
    ("verify", "nothing.svg"): ("không có tệp 'nothing.svg'", "'nothing.svg' does not exist"),
    ("verify", "."): ("'.' là thư mục", "'.' is a directory"),
}  # fmt: skip
# Words of an English sentence; those of a command, such as `draw-lot`, are no words here.
ENGLISH = re.compile(
    r"(?<![\w-])(?:the|an?|is|are|of|to|for|with|not|no|such|your|this|show|missing|invalid|usage"
    r"|options|arguments|commands|error|required|default|try|help)(?![\w-])",
    re.IGNORECASE,
)


def sentences(text):
    """Leave out what is typed as it stands: names in brackets and quotes, options, paths."""
    text = re.sub(r"<[^<>]*>|\{[^{}]*\}|'[^']*'|--[\w-]+|\S*[/=]\S*|English:", " ", text)
    return text.replace("a draw", " ")


@pytest.fixture(autouse=True)
def no_study_is_open(monkeypatch):
    """A command line begins without one."""
    monkeypatch.setattr(study, "_in_process", None)


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)], ids="-".join)
def test_help_is_in_the_language_of_the_environment(command, tmp_path, monkeypatch):
    shown = {}
    for language in words.LANGUAGES:
        monkeypatch.setenv("HGANALYSIS_LANG", language)
        done = run(tmp_path, *command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        shown[language] = sentences(done.stdout)
    assert ENGLISH.findall(shown["vi"]) == []
    assert len(ENGLISH.findall(shown["en"])) > 5
    assert re.search("Cách dùng: .*TÙY CHỌN", shown["vi"])


@pytest.mark.parametrize("call", CALLS, ids="-".join)
def test_a_wrong_call_is_explained_in_the_language_in_use(call, tmp_path, monkeypatch):
    for message, language in zip(CALLS[call], words.LANGUAGES, strict=True):
        monkeypatch.setenv("HGANALYSIS_LANG", language)
        done = run(tmp_path, *call)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.search(message, done.stderr)
        assert (ENGLISH.findall(sentences(done.stderr)) == []) == (language == "vi")


def test_the_language_that_a_call_asks_for_goes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("HGANALYSIS_LANG", "vi")
    for language in (("--lang", "en"), ("--lang=en",)):
        assert "No such option" in run(tmp_path, "build", *language, "--nope").stderr
        assert "Show this message" in run(tmp_path, "build", *language, "--help").stdout
    assert "Không có tùy chọn" in run(tmp_path, "build", "--lang", "fr", "--nope").stderr


def test_a_call_without_a_command_prints_the_help_and_no_message(tmp_path, monkeypatch):
    monkeypatch.setenv("HGANALYSIS_LANG", "vi")
    done = run(tmp_path)
    assert "Bốc thăm" in done.stdout + done.stderr
    assert done.returncode == 2


def test_each_command_and_option_is_explained_and_nothing_else_is():
    group = get_command(cli.app)
    texts = read_texts()["help"]
    used = {group.name, "help", "documentation"}
    for command in (group, *group.commands.values()):
        used.add(command.name)
        for param in command.params:
            option = param.opts[0].lstrip("-")
            option_of_command = f"{command.name}.{option}"
            used.add(option_of_command if option_of_command in texts else option)
    assert used == set(texts)


QUOTED = re.compile(r"``([^`]+)``")
IN_A_FILE = re.compile(r"\breport\.xlsx")


@pytest.mark.parametrize(("language", "folder"), [("en", "docs"), ("vi", "docs/vi")])
def test_the_page_about_problems_quotes_messages_as_they_are_written(language, folder):
    page = Path(__file__).parents[1] / folder / "howto/trouble.rst"
    cells = re.findall(r"^   \* - (``.*)$", page.read_text("utf-8"), re.MULTILINE)
    quoted = [quote for cell in cells for quote in QUOTED.findall(cell)]
    parts = [part for quote in quoted for part in IN_A_FILE.sub("", quote).split("…")]
    sections = read_texts().values()
    written = [entry.get(language, "") for entries in sections for entry in entries.values()]
    # a page quotes what is said of several
    texts = [re.sub(r"\{\w+:[^{}|]*\|([^{}]*)\}", r"\1", text) for text in written]
    assert len(quoted) >= 4
    assert [part for part in parts if not any(part.strip() in text for text in texts)] == []


BROKEN = b"name = = 3\n"
# What is given for a file, and what must be said of it in Vietnamese and in English.
FILES = {
    "missing": (None, "Không có tệp", "There is no file"),
    "folder": ("folder", r"là thư mục|Không có tệp \S*folder", r"is a folder|no file \S*folder"),
    "not UTF-8": (b"\xff\xfe\x00x", "bảng mã không phải UTF-8", "not in UTF-8"),
    "broken": (BROKEN, "lỗi ở dòng 1, cột 8", "error in line 1, column 8"),
}
TAKES_TOML = [("build", "--out", "o", option) for option in ("--study", "--indicators")]
PORTAL = ("portal", "--out", "p", "--period", "2026-Q3", "--captured", "2026-09-30")
CASES = [
    *((call, name) for call in TAKES_TOML for name in FILES),
    *((PORTAL, name) for name in ("missing", "folder", "not UTF-8")),
    *((("check", "report.csv", "--corrections"), name) for name in ("missing", "folder")),
]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(("call", "name"), CASES, ids=lambda given: str(given)[:40])
def test_a_file_that_cannot_be_read_is_said_in_one_message(
    call, name, language, tmp_path, monkeypatch
):
    monkeypatch.setenv("HGANALYSIS_LANG", language)
    content, *messages = FILES[name]
    (tmp_path / "report.csv").write_text("code,year\n31318,2023\n", encoding="utf-8")
    if content == "folder":
        (tmp_path / "folder").mkdir()
    elif content is not None:
        (tmp_path / "given").write_bytes(content)
    done = run(tmp_path, *call, "./folder" if content == "folder" else "./given")
    message = messages[words.LANGUAGES.index(language)]
    assert done.returncode == 1
    assert re.search(message, done.stderr)
    assert not re.search(r"Errno|codec|Traceback|Invalid", done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert "data/given" not in done.stderr  # a copy to start from is one of ours


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_folder_that_is_not_there_is_named_and_no_file_of_ours(language, tmp_path, monkeypatch):
    monkeypatch.setenv("HGANALYSIS_LANG", language)
    done = run(tmp_path, "template", "nowhere/form.xlsx")
    message = {"vi": "Không có thư mục nowhere.", "en": "There is no folder nowhere."}[language]
    assert (done.returncode, done.stderr.startswith(message)) == (1, True)


def test_a_key_that_is_written_twice_is_said_with_its_line():
    with pytest.raises(study.StudyError, match=says("words_errors.written_twice", line=2)):
        described.require('name = "a"\nname = "b"\n')
