rule train:
    """One tagger with one seed, on all training jets or on so many as the study says."""
    input:
        card="config/taggers/{tagger}.yaml",
        dataset=card_of_dataset,
        summary="results/studies/{study}/summary.json",
        jets=jets_to_train_on,
        code=code_of("cli.train"),
    output:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model=directory("results/studies/{study}/{tagger}/{run}/model"),
    log:
        "results/logs/train/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/train/{study}/{tagger}/{run}.jsonl"
    conda:
        "../../environment.yml"
    # Trainings side by side use the cores better than one training on several.
    threads: 1
    params:
        parts=parts_to_read,
        fold=lambda wildcards: study_cards(wildcards.study).study.fold,
        run=options_of,
        # No input: a change of its title trains nothing anew. Where jets are too few for it, training stops at once.
        study="config/studies/{study}.yaml",
    shell:
        "python -m tagwerk train {params.run:q} --study {params.study:q} --fold {params.fold:q} --threads {threads:q} --"
        " {input.card:q} {input.dataset:q} {input.summary:q} {output.model:q} {params.parts:q} 2> {log:q}"


rule score:
    """The test jets, scored by one trained tagger."""
    input:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model="results/studies/{study}/{tagger}/{run}/model",
        jets=jets_to_score,
        code=code_of("cli.score"),
    output:
        multiext(
            "results/studies/{study}/{tagger}/{run}/scores/",
            "scores.parquet",
            "about.json",
        ),
        scores=directory("results/studies/{study}/{tagger}/{run}/scores"),
    log:
        "results/logs/score/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/score/{study}/{tagger}/{run}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        parts=parts_to_read,
    shell:
        "python -m tagwerk score --threads {threads:q} -- {input.model:q} {output.scores:q} {params.parts:q} 2> {log:q}"
