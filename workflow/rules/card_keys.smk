"""The keys of cards that each kind of job reads, from its wildcards: a change of others runs nothing again."""


def read_of_file(wildcards):
    return keys_of_blocks(wildcards.dataset)[wildcards.part]


def read_of_summary(wildcards):
    return keys.of_summary(study_cards(wildcards.study).dataset)


def read_of_training(wildcards):
    cards = study_cards(wildcards.study)
    return keys.of_training(cards.dataset, cards.taggers[wildcards.tagger])


def read_of_probe(wildcards):
    cards = study_cards(wildcards.study)
    return keys.of_probe(cards, cards.taggers[wildcards.tagger])


def read_of_comparison(wildcards):
    return keys.of_comparison(study_cards(wildcards.study))


def read_of_model_card(wildcards):
    return keys.of_model_card(study_cards(wildcards.study))


def read_of_search(wildcards):
    return keys.of_search(search_cards(wildcards.search))
