rule train:
    """One tagger with one seed, on all training jets or on so many as the study says."""
    input:
        card="config/taggers/{tagger}.yaml",
        dataset=card_of_dataset,
        summary="results/studies/{study}/summary.json",
        parts=jets_of,
        code=code_of("cli.train"),
    output:
        directory("results/studies/{study}/{tagger}/{run}/model"),
    log:
        "results/logs/train/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/train/{study}/{tagger}/{run}.jsonl"
    conda:
        "../../environment.yml"
    # Trainings side by side use the cores better than one training on several.
    threads: 1
    params:
        fold=lambda wildcards: study_cards(wildcards.study).study.fold,
        run=options_of,
        # No input: a change of its title trains nothing anew. Where jets are too few for it, training stops at once.
        study="config/studies/{study}.yaml",
    shell:
        "python -m tagwerk train {input.card} {input.dataset} {input.summary} {output} {input.parts}"
        " {params.run} --study {params.study:q} --fold {params.fold} --threads {threads} 2> {log}"


rule score:
    """The test jets, scored by one trained tagger."""
    input:
        model="results/studies/{study}/{tagger}/{run}/model",
        parts=jets_of,
        code=code_of("cli.score"),
    output:
        directory("results/studies/{study}/{tagger}/{run}/scores"),
    log:
        "results/logs/score/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/score/{study}/{tagger}/{run}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        "python -m tagwerk score {input.model} {output} {input.parts} --threads {threads} 2> {log}"
