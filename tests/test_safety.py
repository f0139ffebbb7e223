"""Nothing that a file brings is executed: models, cards, score files, archives and titles that try.

Each payload creates the file `hacked`, or reads a secret, when a program that trusts its files reads it. That is seen
first; then Tagwerk refuses the file in one line, or shows it as text. More such files are in the tests of the modules:
HDF5 that takes another file for its values (readers/test_h5_storage), aliases of ROOT trees (readers/test_root_open),
pickled names of columns (readers/layouts/test_pytables), Pythia's plug-ins (simulate/test_pythia_settings), networks
and trees (training/test_network_classes, training/test_classical), ONNX files with weights elsewhere
(cards/test_onnx_file), pictures (report/test_embedded), texts in HTML, Markdown and YAML (report/test_page,
report/test_markdown, drafts/test_card_text), and the names of files and cards in the workflow (workflow/test_names).
"""

import ast
import io
import json
import math
import os
import pickle
import shutil
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

from tagwerk.checksums import write_json
from tagwerk.errors import UserError
from tagwerk.fetch.unpack import unpack
from tagwerk.provenance.provenance_record import Provenance
from tagwerk.report.page import read_figures
from tests.conftest import DATASET, SEARCH, Toy, changed, run, toy_branches, without_checksum, write_card, write_root
from tests.evaluation.study_files import write_study
from tests.report.browser import Page, browser
from tests.scores.score_files import CARD, JETS


class Payload:
    """An object whose pickle creates the file `hacked`."""

    def __init__(self, hacked: Path) -> None:
        self.hacked = hacked

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.hacked}",)


class Restored:
    """An object that creates the file `hacked` when its state is restored."""

    def __init__(self, hacked: Path) -> None:
        self.hacked = str(hacked)

    def __getstate__(self) -> dict[str, str]:
        return {"hacked": self.hacked}

    def __setstate__(self, state: dict[str, str]) -> None:
        Path(state["hacked"]).touch()


@pytest.fixture
def hacked(tmp_path: Path) -> Iterator[Path]:
    """The file that a payload creates; in the end there is none."""
    path = tmp_path / "hacked"
    yield path
    assert not path.exists()


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """A function that runs a command, which must fail with one line that a user understands, and returns that line."""

    def run_refused(*arguments: object) -> str:
        capsys.readouterr()
        assert run(*arguments) == 2
        output = capsys.readouterr()
        (line,) = (line for line in (output.out + output.err).splitlines() if line.startswith("tagwerk: "))
        assert "Traceback" not in output.err
        return line

    return run_refused


def fires(hacked: Path) -> None:
    """Check that a payload has just worked, and remove its trace."""
    assert hacked.exists()
    hacked.unlink()


# Models


def without_checksums(model: Path) -> None:
    record = model / "training.json"
    record.write_text(without_checksum(record.read_text()))


def test_a_malicious_network_is_refused(toy: Toy, toy_runs: Path, tmp_path: Path, hacked: Path, refused: Any) -> None:
    import keras

    model = shutil.copytree(toy_runs / "lstm/model", tmp_path / "model")
    without_checksums(model)
    inputs = keras.Input((2,))
    name = str(hacked)
    payload = keras.layers.Lambda(lambda x: (__import__("pathlib").Path(name).touch(), x)[1])
    keras.Model(inputs, payload(inputs)).save(model / "model.keras")
    hacked.unlink()
    keras.models.load_model(model / "model.keras", safe_mode=False)
    fires(hacked)
    line = refused("score", model, "--out", tmp_path / "scores", *toy.parts)
    assert line.startswith(
        f"tagwerk: {model}: its model cannot be read (model.keras contains 'keras.layers.Lambda', wh"
    )


@pytest.mark.parametrize("file", ["lstm/model/model.keras", "boosted_trees/model/model.skops"])
def test_a_pickle_in_place_of_a_model_is_refused(
    toy: Toy, toy_runs: Path, tmp_path: Path, hacked: Path, refused: Any, file: str
) -> None:
    content = pickle.dumps(Payload(hacked))
    pickle.loads(content)
    fires(hacked)
    path = Path(shutil.copytree(toy_runs, tmp_path / "runs")) / file
    without_checksums(path.parent)
    path.write_bytes(content)
    line = refused("score", path.parent, "--out", tmp_path / "scores", *toy.parts)
    assert line.startswith(f"tagwerk: {path.parent}: its model cannot be read (")


def test_trees_of_a_foreign_type_are_not_created(
    toy: Toy, toy_runs: Path, tmp_path: Path, hacked: Path, refused: Any
) -> None:
    import skops.io

    path = Path(shutil.copytree(toy_runs / "boosted_trees/model", tmp_path / "model")) / "model.skops"
    without_checksums(path.parent)
    skops.io.dump(Restored(hacked), path)
    skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
    fires(hacked)
    line = refused("score", path.parent, "--out", tmp_path / "scores", *toy.parts)
    assert line.startswith(f"tagwerk: {path.parent}: its model cannot be read (")


def test_a_malicious_checkpoint_is_not_resumed(
    toy: Toy, tmp_path: Path, hacked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model"
    train = ["train", toy.tagger("lstm"), toy.card, toy.summary, *toy.parts, "--out", out, "--epochs", 1, "--seed", 1]
    folder = out.with_name(f"{out.name}.unfinished")
    folder.mkdir()
    np.savez(folder / "checkpoint.npz", about=np.array([Payload(hacked)], object))
    np.load(folder / "checkpoint.npz", allow_pickle=True)["about"]
    fires(hacked)
    assert run(*train) == 0
    assert f"tagwerk: {folder}/checkpoint.npz: is damaged; its files are now in {folder}.1" in capsys.readouterr().err


def test_weights_that_are_another_file_are_refused(toy: Toy, toy_runs: Path, tmp_path: Path, refused: Any) -> None:
    model = shutil.copytree(toy_runs / "lstm/model", tmp_path / "model")
    without_checksums(model)
    secret, archive = tmp_path / "id_rsa", model / "model.keras"
    with zipfile.ZipFile(archive) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        found: list[h5py.Dataset] = []
        file.visititems(lambda _, each: found.append(each) if isinstance(each, h5py.Dataset) and each.size else None)
        name, shape = found[0].name, found[0].shape
        del file[name]
        file.create_dataset(name, shape, "f4", external=[(str(secret), 0, 4 * math.prod(shape))])
    secret.write_bytes(b"KEY " * math.prod(shape))
    with h5py.File(weights) as file:
        assert file[name][()].tobytes() == secret.read_bytes()
    with zipfile.ZipFile(archive, "w") as opened:
        for member, content in (members | {"model.weights.h5": weights.getvalue()}).items():
            opened.writestr(member, content)
    line = refused("score", model, "--out", tmp_path / "scores", *toy.parts)
    assert line.startswith(f"tagwerk: {model}: its model cannot be read (model.keras does not contain the values of '")


# Other results of Tagwerk

DEEP = "[" * 100_000  # more than Python's stack


@pytest.mark.parametrize("kind", ["pickle", "deep", "names"])
def test_a_malicious_summary_is_refused(toy: Toy, tmp_path: Path, hacked: Path, refused: Any, kind: str) -> None:
    summary = tmp_path / "summary.json"
    markup = without_checksum(toy.summary.read_text()).replace("narrow", "\\u001b]0;<script>")
    contents = {"pickle": pickle.dumps(Payload(hacked)), "deep": DEEP.encode(), "names": markup.encode()}
    summary.write_bytes(contents[kind])
    train = ["train", toy.tagger("lstm"), toy.card, summary, *toy.parts, "--out", tmp_path / "model", "--epochs", 1,
             "--seed", 1]  # fmt: skip
    line = refused(*train)
    assert line.startswith(f"tagwerk: {summary}: ")
    assert line.isprintable()


@pytest.mark.parametrize("kind", ["pickle", "deep", "operation"])
def test_a_malicious_journal_is_refused(toy: Toy, tmp_path: Path, hacked: Path, refused: Any, kind: str) -> None:
    journal = tmp_path / "journal.log"
    contents = {"pickle": pickle.dumps(Payload(hacked)), "deep": DEEP.encode(),
                "operation": b'{"op_code":99,"worker_id":"x"}'}  # fmt: skip
    journal.write_bytes(contents[kind] + b"\n")
    line = refused("tune", toy.search, toy.summary, journal, *toy.parts)
    assert line == f"tagwerk: {journal}: is damaged or not a search journal; delete it to start over"


@pytest.mark.parametrize("content", [DEEP, "{}", "[1]", '[{"name": "../../secret"}]', '[{"name": "roc"}]'])
def test_a_malicious_list_of_figures_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "figures.json").write_text(content)
    (tmp_path / "roc.png").write_bytes(b"GIF89a")
    with pytest.raises(UserError, match=r"^\S+/(figures.json|roc.png): .+; run `tagwerk compare` again$"):
        read_figures(tmp_path)


# Cards

COMMAND = "__import__('os').system('touch {}')"


def test_yaml_that_calls_python_is_refused(config: Toy, tmp_path: Path, hacked: Path, refused: Any) -> None:
    text = f'title: !!python/object/apply:os.system ["touch {hacked}"]\n'
    yaml.unsafe_load(text)
    fires(hacked)
    card = write_card(config.card, text)
    line = refused("check", card, config.files[0])
    assert line.startswith(f"tagwerk: {card}: not valid YAML: could not determine a constructor for the tag")


@pytest.mark.parametrize("key", ["classes.selection", "weight", "event", "jet.pt", "tree"])
def test_a_card_that_is_python_is_refused(tmp_path: Path, config: Toy, hacked: Path, refused: Any, key: str) -> None:
    code = COMMAND.format(hacked)
    eval(compile(ast.parse(code, mode="eval"), "card", "eval"))
    fires(hacked)
    file = write_root(config.files[0], toy_branches(0, 10))
    classes = [DATASET["classes"][0] | {"selection": code}, DATASET["classes"][1]]
    card = DATASET | {"classes": classes} if key == "classes.selection" else changed(DATASET, key, code)
    line = refused("check", write_card(config.card, card), file)
    assert str(config.card) in line or str(file) in line


@pytest.mark.parametrize(
    ("key", "value"),
    [("architecture", "os"), ("architecture", "../../hacked"), ("hyperparameters.cell", "__class__"),
     ("hyperparameters.__class__", 1), ("inputs.sequences", {"constituents": ["__import__('os')"]}),
     ("training.classes", ["<script>"])],
)  # fmt: skip
def test_names_of_a_tagger_card_are_none_of_python(config: Toy, refused: Any, key: str, value: object) -> None:
    from tests.conftest import TAGGERS

    card = write_card(config.tagger("lstm"), changed(TAGGERS["lstm"], key, value))
    line = refused("train", card, config.card, config.summary, config.root, "--out", config.root / "m", "--epochs", 1,
                   "--seed", 1)  # fmt: skip
    assert line.startswith("tagwerk: ")
    assert str(card) in line


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "../../hacked", "a b", "$HOME", "-a", "__class__"])
def test_a_class_has_a_plain_name(config: Toy, refused: Any, name: str) -> None:
    classes = [DATASET["classes"][0] | {"name": name}, DATASET["classes"][1]]
    line = refused("check", write_card(config.card, DATASET | {"classes": classes}), config.files[0])
    assert line.startswith(f"tagwerk: {config.card}: key 'classes.0.name'")


def test_a_card_outside_the_project_is_not_named(config: Toy, refused: Any) -> None:
    write_card(config.search, SEARCH | {"study": "../../../etc/passwd"})
    line = refused("tune", config.search, config.summary, config.root / "journal.log", config.root)
    assert f"tagwerk: {config.search}: key 'study': there is no '../../../etc/passwd' in " in line


# Score files


def write_scores(path: Path, hacked: Path, kind: str) -> Callable[[], object]:
    """Write scores of which one column is a payload; return what a program that trusts the file does."""
    columns: dict[str, Any] = {name: np.zeros(JETS) for name in ("label", "event", "weight")}
    if kind == "npz":
        np.savez(path, score=np.array([Payload(hacked)] * JETS, object), **columns)
        return lambda: np.load(path, allow_pickle=True)["score"]
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Payload(hacked)))
        return lambda: pickle.loads(path.read_bytes())
    if kind == "csv":
        rows = [f"{COMMAND.format(hacked)!r},0,0,1"] * JETS
        path.write_text("\n".join(["score,label,event,weight", *rows]).replace("'", '"').replace('""', "'"))
        return lambda: os.system(f"touch {hacked}")
    with h5py.File(path, "w") as file:
        for name, values in columns.items():
            file[name] = values
        file["score"] = np.array([pickle.dumps(Payload(hacked)).hex()] * JETS, object)
    return lambda: pickle.loads(bytes.fromhex(h5py.File(path)["score"][0].decode()))


@pytest.mark.parametrize("kind", ["npz", "pickle", "csv", "hdf5"])
def test_a_malicious_score_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hacked: Path, refused: Any, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    trusting = write_scores(tmp_path / f"scores.{kind}", hacked, kind)
    trusting()
    fires(hacked)
    entry = CARD | {"name": "theirs", "files": f"scores.{kind}"}
    write_card(
        Path("config/studies/files.yaml"), {"title": "x", "scores": [entry], "signal": "top", "background": "qcd"}
    )
    assert f"scores.{kind}" in refused("compare", "files", "--out", "comparison")


def test_a_score_file_that_reads_a_secret_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Any
) -> None:
    for folder in ("home", "project"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    secret = tmp_path / "home/id_rsa"
    with h5py.File("scores.h5", "w") as file:
        for name in ("label", "event", "weight"):
            file[name] = np.arange(JETS, dtype=float) % 2
        file.create_dataset("score", (JETS,), "u1", external=[(str(secret), 0, JETS)])
    secret.write_bytes(b"PRIVATE KEY " * 5)
    with h5py.File("scores.h5") as file:
        assert file["score"][:].tobytes() == b"PRIVATE KEY " * 5
    entry = CARD | {"name": "theirs", "files": "scores.h5"}
    write_card(
        Path("config/studies/files.yaml"), {"title": "x", "scores": [entry], "signal": "top", "background": "qcd"}
    )
    line = refused("compare", "files", "--out", "comparison")
    assert f"dataset '/score' has its values in the file '{secret}', which is in another folder" in line


# Archives


def archive_of(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize("attack", ["parent", "absolute", "symbolic link", "hard link"])
def test_a_malicious_archive_writes_nothing_outside_its_folder(tmp_path: Path, hacked: Path, attack: str) -> None:
    (tmp_path / "target").write_text("")
    members = {
        "parent": [(tarfile.TarInfo("../hacked"), b"x")],
        "absolute": [(tarfile.TarInfo(str(hacked)), b"x")],
        "symbolic link": [(link("up", "..", tarfile.SYMTYPE), b""), (tarfile.TarInfo("up/hacked"), b"x")],
        "hard link": [(link("out", "../target", tarfile.LNKTYPE), b""), (tarfile.TarInfo("out"), b"x")],
    }[attack]
    archive, folder = archive_of(tmp_path / "jets.tar", *members), tmp_path / "trusting"
    folder.mkdir()
    with tarfile.open(archive) as opened:
        if attack == "hard link":
            os.link(tmp_path / "target", folder / "out")  # as old versions of Python do for such a member
            (folder / "out").write_text("x")
            shutil.move(tmp_path / "target", hacked)
        else:
            opened.extractall(folder, filter="fully_trusted") if hasattr(tarfile, "data_filter") else (
                opened.extractall(folder)
            )
    fires(hacked)
    (tmp_path / "target").write_text("")
    with pytest.raises(UserError, match=r"^\S+jets.tar: ") as error:
        unpack(archive, tmp_path / "data")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "data").iterdir())
    assert (tmp_path / "target").read_text() == ""


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.SYMTYPE])
def test_an_archive_creates_files_and_folders_alone(tmp_path: Path, kind: bytes) -> None:
    archive = archive_of(tmp_path / "jets.tar", (link("special", "target", kind), b""))
    with pytest.raises(UserError, match=r"^\S+jets.tar: .*special.*; (remove it|unpack the archive by hand)"):
        unpack(archive, tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


# Texts on the terminal

ESCAPES = "jets\x1b]0;title\x07\x1b[2K\rall is well\x9b31m\u202e.root"


def test_the_name_of_a_file_cannot_rewrite_the_terminal(
    toy: Toy, tmp_path: Path, refused: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(shutil.copy(toy.files[0], tmp_path / ESCAPES))
    assert run("check", toy.card, file) == 0
    assert run("ingest", toy.card, file, "--out", tmp_path / "jets", "--check", tmp_path / "check.json") == 0
    output = capsys.readouterr()
    assert r"jets\x1b]0;title\x07\x1b[2K\rall is well\x9b31m\u202e.root" in output.out
    assert all(line.isprintable() for line in (output.out + output.err).split("\n"))
    file.unlink()
    assert refused("check", toy.card, file).isprintable()
    file.mkdir()
    assert refused("summarise", toy.card, file, "--out", tmp_path / "summary.json").isprintable()


def test_provenance_cannot_rewrite_the_terminal(toy: Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = shutil.copytree(toy.parts[0], tmp_path / "part")
    content = json.loads(without_checksum((part / "provenance.json").read_text()))
    for key in ("stage", "command"):
        content[key] += ESCAPES
    content["machine"]["host"] += ESCAPES
    content["inputs"][0]["sources"][0]["path"] = content["inputs"][0]["argument"] = ESCAPES
    write_json(part / "provenance.json", Provenance.model_validate(content))
    for options in ([], ["--json"]):
        assert run("provenance", part, *options) == 0
        output = capsys.readouterr().out
        assert "all is well" in output
        assert all(line.isprintable() for line in output.split("\n"))


# Texts in the report

TITLE = "<img src=x onerror=\"window.hacked='{0}'\"><script>window.hacked='{0}'</script></script>{{{{7*7}}}}"
PLACES = ("study", "dataset", "class", "tagger", "provenance")


@pytest.fixture(scope="module")
def malicious_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a study in which every text would run a script."""
    root = tmp_path_factory.mktemp("titles")
    study, summary, runs = write_study(root, jets=400)
    config = root / "config"
    edit(study, title=TITLE.format("study"))
    dataset = yaml.safe_load((config / "datasets/top.yaml").read_text())
    classes = [each | {"label": TITLE.format("class") + each["name"]} for each in dataset["classes"]]
    edit(config / "datasets/top.yaml", title=TITLE.format("dataset"), classes=classes)
    for index, tagger in enumerate(("lstm", "boosted_trees", "lstm_wide")):
        edit(config / f"taggers/{tagger}.yaml", title=f"{TITLE.format('tagger')}{index}")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "constrained_layout not applied", UserWarning)  # the titles are long
        assert run("compare", study, summary, *runs, "--out", root / "comparison") == 0
    provenance = root / "comparison/provenance.json"
    content = json.loads(without_checksum(provenance.read_text()))
    for key in ("stage", "command"):
        content[key] = TITLE.format("provenance")
    content["machine"] |= {"host": TITLE.format("provenance"), "cpu": TITLE.format("provenance")}
    content["cards"] |= {TITLE.format("provenance"): TITLE.format("provenance")}
    write_json(provenance, Provenance.model_validate(content))
    assert run("report", study, summary, root / "comparison", "--out", root / "report.html") == 0
    return root / "report.html"


def edit(path: Path, **changes: object) -> None:
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes, sort_keys=False))


@pytest.mark.slow
def test_malicious_titles_are_shown_as_text(malicious_page: Path, tmp_path: Path) -> None:
    with browser(tmp_path) as page:
        for place in PLACES:
            trusting = tmp_path / f"{place}.html"
            trusting.write_text(f"<!DOCTYPE html><meta charset=utf-8><h1>{TITLE.format(place)}</h1>")
            page.open(trusting)
            page.wait(lambda: page.run("return window.hacked"), "the payload")
            assert page.run("return window.hacked") == place
        assert page.console()  # empties it: these pages look for the picture x
        page.open_interactive(malicious_page)
        hover(page)
        assert page.run("return window.hacked ?? null") is None
        assert page.text("h1") == TITLE.format("study")
        body = page.run("return document.body.innerText")
        assert all(TITLE.format(place) in body for place in PLACES)
        assert not page.all("img[src=x], script script, a[href^='javascript:']")
        plotted = page.run(
            "return [...document.querySelectorAll('.main-svg text')].map(each => each.textContent).join()"
        )
        assert "onerror" in plotted
        assert not [line for line in page.console() if "Content Security Policy" not in line and "SEVERE" in line]


def hover(page: Page) -> None:
    """Move the mouse over all points and lines of the figures, which shows texts about them."""
    page.run(
        "document.querySelectorAll('.plot').forEach(plot => plot.data.forEach((_, curve) => "
        "Plotly.Fx.hover(plot, [{curveNumber: curve, pointNumber: 0}])))"
    )


def test_a_title_that_reads_a_file_is_refused(config: Toy, refused: Any) -> None:
    for card in (config.study, config.card, config.tagger("lstm")):
        before = card.read_text()
        edit(card, title=r"$\input{/etc/passwd}$")
        line = refused("compare", config.study, config.summary, config.root, "--out", config.root / "comparison")
        assert line.startswith(f"tagwerk: {card}: key 'title': has a formula that Matplotlib cannot draw")
        card.write_text(before)
