"""The format of comparison.json is documented, versioned, and that of the files that are written."""

import hashlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tagwerk.checksums import write_json
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.comparison import SCHEMA_VERSION, Comparison
from tagwerk.evaluation.comparison_schema import attributes, comparison_schema, models_of
from tagwerk.evaluation.label_comparison import measure_labels
from tests.evaluation.robustness_results import comparison_of
from tests.evaluation.study_files import write_study
from tests.evaluation.test_alternatives import study as alternative_study
from tests.evaluation.test_label_comparison import JET, LABEL, TRUTH
from tests.evaluation.test_label_comparison import cards as label_cards
from tests.evaluation.test_label_comparison import run as label_run
from tests.report.large_study import write_large_study

FILE = Path(__file__).parents[2] / "docs/comparison_schema.json"
STRUCTURES = {"1.0": "bf1998768bf6702e", "1.1": "9a6fd006933dda53"}


def without_texts(schema):
    if isinstance(schema, dict):
        texts = {key for key in ("description", "title") if isinstance(schema.get(key), str)}
        return {key: without_texts(value) for key, value in schema.items() if key not in texts}
    return [without_texts(each) for each in schema] if isinstance(schema, list) else schema


def test_the_schema_in_the_documentation_is_up_to_date():
    """Update it with `python -m tagwerk.evaluation.comparison_schema > docs/comparison_schema.json`."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == comparison_schema()


def test_every_change_of_the_structure_raises_the_version():
    """If this fails, raise SCHEMA_VERSION as docs/comparison.md tells, and add the digest of the new structure."""
    structure = json.dumps(without_texts(comparison_schema()), sort_keys=True)
    assert hashlib.sha256(structure.encode()).hexdigest()[:16] == STRUCTURES[SCHEMA_VERSION]


def test_every_key_has_a_description():
    definitions = comparison_schema()["$defs"]
    assert {model.__name__ for model in models_of(Comparison)} == definitions.keys()
    missing = [
        f"{model}.{key}"
        for model, definition in definitions.items()
        for key, schema in definition["properties"].items()
        if len(schema.get("description", "").split()) < 2
    ]
    assert missing == []
    assert all(definition["description"] for definition in definitions.values())


def test_every_documented_key_exists():
    for model in models_of(Comparison):
        assert attributes(model).keys() <= model.model_fields.keys()


def comparisons(root):
    """Yield comparisons that have every section among them."""
    sizes = {"sizes": [500, 1000, 2000], "taggers": ["lstm", "boosted_trees"], "profiles": ["pt"]}
    category = {"name": "central", "title": "Central", "selection": "abs(eta) < 1"}
    mixed = {"ensembles": [{"recurrent": ["lstm"], "trees": ["boosted_trees"]}]}
    expected = {"expectations": [{"better": ["lstm"], "worse": ["boosted_trees"], "source": "nowhere"}]}
    card, _, runs = write_study(
        root / "sizes", jets=1500, seeds=[1, 2], flat_in=["pt"], categories=[category], **sizes, **mixed, **expected
    )
    yield compare(card, runs, count=10)
    yield comparison_of(root / "probed")
    card, _, runs = alternative_study(root / "alternatives")
    yield compare(card, runs, count=10)
    card, _, runs = write_large_study(root / "large", taggers=2, jets=900, seeds=(1, 2))
    large = compare(card, runs, count=10)
    yield large
    labels = measure_labels(label_cards(), {"lstm": [label_run(JET, TRUTH, LABEL)]})
    name = large.taggers[0].name
    yield large.model_copy(update={"constituent_labels": [each.model_copy(update={"tagger": name}) for each in labels]})


def test_comparisons_with_every_section_are_valid(tmp_path):
    validator = Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))
    filled = set()
    for number, comparison in enumerate(comparisons(tmp_path)):
        path = tmp_path / f"{number}.json"
        write_json(path, comparison)
        document = json.loads(path.read_text(), parse_constant=pytest.fail)
        assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)] == []
        assert document["schema_version"] == SCHEMA_VERSION
        assert Comparison.load(path) == comparison
        filled |= {key for key, value in document.items() if value}
    assert Comparison.model_fields.keys() - filled == {"score_files"}


def test_the_example_in_the_documentation_prints_every_auc(tmp_path, capsys):
    card, _, runs = write_study(tmp_path, jets=600)
    comparison = compare(card, runs, count=10)
    write_json(tmp_path / "comparison.json", comparison)
    page = FILE.with_name("comparison.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    assert len(example.split("\n")) - example.split("\n").count("") <= 5
    place = "results/studies/demo/comparison/comparison.json"
    assert place in example
    exec(example.replace(place, str(tmp_path / "comparison.json")), {})
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[-3] for line in printed] == [f"{tagger.auc.value:.4f}" for tagger in comparison.taggers]


@pytest.mark.parametrize(
    ("key", "value"), [("signal_jets", "many"), ("best", None), ("further", 1), ("outcome", "draw"), ("taggers", {})]
)
def test_the_schema_refuses_what_is_not_a_comparison(tmp_path, key, value):
    card, _, runs = write_study(tmp_path, jets=600)
    document = json.loads(compare(card, runs, count=10).model_dump_json())
    validator = Draft202012Validator(comparison_schema())
    assert validator.is_valid(document)
    assert not validator.is_valid(document | {key: value})


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (None, "key 'schema_version' is missing: made by an older Tagwerk; run `tagwerk compare` again"),
        (
            "2.0",
            f"key 'schema_version' is '2.0', but this Tagwerk reads '{SCHEMA_VERSION}'; "
            "run `tagwerk compare` again, or use the Tagwerk that wrote it",
        ),
    ],
)
def test_a_comparison_of_another_version_is_refused(tmp_path, version, message):
    card, _, runs = write_study(tmp_path, jets=600)
    document = json.loads(compare(card, runs, count=10).model_dump_json()) | {"schema_version": version}
    if version is None:
        del document["schema_version"]
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(document))
    with pytest.raises(UserError) as error:
        Comparison.load(path)
    assert str(error.value) == f"{path}: {message}"
