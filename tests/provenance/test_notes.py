from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.load_study import load_cards
from tagwerk.provenance.notes import note_files, note_seed, taking_notes
from tests.conftest import Toy


def test_cards_are_noted_as_they_were_when_they_were_read(config: Toy) -> None:
    before = config.tagger("lstm").read_text()
    with taking_notes() as notes:
        load_cards(config.study)
        config.tagger("lstm").write_text(before + "# edited\n")
    read = [config.study, config.card, *map(config.tagger, ("lstm", "gru", "boosted_trees"))]
    assert notes.cards == {str(path): path.read_text().removesuffix("# edited\n") for path in read}


def test_seeds_are_noted_with_their_defaults(config: Toy) -> None:
    path, generated = Dataset.located("top")
    assert generated.generator is not None
    with taking_notes() as notes:
        Dataset.load("top")
        Dataset.load(config.card)
        note_seed("replicas of the test jets", 7)
    assert notes.seeds == {f"{path}: generator.seed": generated.generator.seed, "replicas of the test jets": 7}


def test_notes_are_those_of_the_block_alone(config: Toy) -> None:
    with taking_notes() as outer:
        with taking_notes() as inner:
            note_files("scores", [Path("a")])
            note_files("scores", [Path("b")])
        note_seed("x", 1)
    note_seed("y", 2)
    note_files("scores", [Path("c")])
    Dataset.load(config.card)
    assert inner.files == {"scores": [Path("a"), Path("b")]}
    assert (outer.files, outer.seeds, outer.cards) == ({}, {"x": 1}, {})
