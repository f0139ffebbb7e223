rule check:
    """What is in one input file and what is wrong with it; errors stop here."""
    input:
        file=input_file,
        card="config/datasets/{dataset}.yaml",
        code=code_of_reading("cli.check"),
    output:
        "results/datasets/{dataset}/checks/{part}.json",
    log:
        "results/logs/check/{dataset}/{part}.log",
    benchmark:
        "results/benchmarks/check/{dataset}/{part}.jsonl"
    conda:
        "../../environment.yml"
    shell:
        "python -m tagwerk check -- {input.file:q} {input.card:q} {output:q} > {log:q} 2>&1"


rule ingest:
    """Jet records of one input file, ordered by pT and split by event."""
    input:
        file=input_file,
        check="results/datasets/{dataset}/checks/{part}.json",
        card="config/datasets/{dataset}.yaml",
        code=code_of_reading("cli.ingest"),
    output:
        directory("results/datasets/{dataset}/jets/{part}"),
    log:
        "results/logs/ingest/{dataset}/{part}.log",
    benchmark:
        "results/benchmarks/ingest/{dataset}/{part}.jsonl"
    conda:
        "../../environment.yml"
    shell:
        "python -m tagwerk ingest -- {input.file:q} {input.card:q} {output:q} 2> {log:q}"


rule summarise:
    """What training needs to know of a study's jets beforehand."""
    input:
        parts=jets_of,
        card=card_of_dataset,
        code=sources("cli.summarise"),
    output:
        "results/studies/{study}/summary.json",
    log:
        "results/logs/summarise/{study}.log",
    benchmark:
        "results/benchmarks/summarise/{study}.jsonl"
    conda:
        "../../environment.yml"
    params:
        fold=lambda wildcards: study_cards(wildcards.study).study.fold,
    shell:
        "python -m tagwerk summarise --fold {params.fold:q} -- {input.card:q} {output:q} {input.parts:q} 2> {log:q}"
