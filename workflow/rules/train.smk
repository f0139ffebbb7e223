rule train:
    """One tagger with one seed, on all training jets or on one of the study's training-set sizes."""
    input:
        parts=ancient(list_of_parts),
        summary=summary_to_train,
        jets=jets_to_train_on,
        files=files_of_model,
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
    # The longest jobs come first; what follows a training fills the gaps.
    priority: 1
    conda:
        "../../environment.yml"
    # Parallel trainings on one core each use the cores better than one training on several.
    threads: 1
    resources:
        **HTCONDOR,
        mem_mb=memory("train"),
        disk_mb=disk("train"),
        runtime=minutes("train", epochs_of),
    params:
        card="{tagger}",
        dataset=dataset_of,
        read=read_of_training,
        code=code_of_training("cli.train"),
        fold=fold_of,
        run=options_of,
        # Not an input: a new title must not rerun trainings. With too few jets for the study, training stops at once.
        study="{study}",
    shell:
        "tagwerk train --out {output.model:q} {params.run:q} --study {params.study:q} --fold {params.fold:q}"
        " --threads {threads:q} --mem-mb {resources.mem_mb:q} --"
        " {params.card:q} {params.dataset:q} {input.summary:q} @{input.parts:q} 2> {log:q}"


rule score:
    """Scores of the test jets from one trained tagger."""
    input:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model="results/studies/{study}/{tagger}/{run}/model",
        parts=ancient(list_of_parts),
        jets=jets_or_chunks_to_score,
    output:
        multiext(
            "results/studies/{study}/{tagger}/{run}/scores/",
            "scores.parquet",
            "validation.parquet",
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
    resources:
        **HTCONDOR,
        mem_mb=memory("score"),
        disk_mb=disk("score"),
        runtime=minutes("score"),
    params:
        code=code_of_training("cli.score"),
        chunks=chunks_to_score,
    shell:
        "tagwerk score --out {output.scores:q} --threads {threads:q} {params.chunks:q} --"
        " {input.model:q} @{input.parts:q} 2> {log:q}"


# Scores of the jets in one chunk of a large dataset.
use rule score as score_chunk with:
    input:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model="results/studies/{study}/{tagger}/{run}/model",
        parts=ancient(list_of_parts),
        jets=chunk_to_score,
    output:
        temp("results/studies/{study}/{tagger}/{run}/chunks/{chunk}/scores.parquet"),
        temp("results/studies/{study}/{tagger}/{run}/chunks/{chunk}/about.json"),
        scores=temp(directory("results/studies/{study}/{tagger}/{run}/chunks/{chunk}")),
    log:
        "results/logs/score_chunk/{study}/{tagger}/{run}/{chunk}.log",
    benchmark:
        "results/benchmarks/score_chunk/{study}/{tagger}/{run}/{chunk}.jsonl"
    params:
        code=code_of_training("cli.score"),
        chunks=lambda wildcards: ["--chunk", wildcards.chunk],


# Scores of all jets of a sample that no tagger is trained on.
use rule score as score_sample with:
    input:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model="results/studies/{study}/{tagger}/{run}/model",
        parts=ancient(list_of_sample),
        jets=jets_of_sample,
    output:
        multiext(
            "results/studies/{study}/{tagger}/{run}/alternatives/{sample}/",
            "scores.parquet",
            "about.json",
        ),
        scores=directory("results/studies/{study}/{tagger}/{run}/alternatives/{sample}"),
    log:
        "results/logs/score_sample/{study}/{tagger}/{run}/{sample}.log",
    benchmark:
        "results/benchmarks/score_sample/{study}/{tagger}/{run}/{sample}.jsonl"
    params:
        code=code_of_training("cli.score"),
        chunks=["--split", "all"],
