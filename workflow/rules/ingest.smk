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


# One rule, or two where a study and a search use datasets that are split otherwise. An output names the files in its
# directory that other rules read: one that is deleted is made again when it is needed.
for number, (pieces, datasets) in enumerate(pieces_in_use().items()):

    rule:
        name:
            "ingest" if not number else "ingest_for_search"
        input:
            file=input_file,
            check="results/datasets/{dataset}/checks/{part}.json",
            card="config/datasets/{dataset}.yaml",
            code=code_of_reading("cli.ingest"),
        output:
            [
                f"results/datasets/{{dataset}}/jets/{{part}}/{piece}.parquet"
                for piece in pieces
            ],
            part=directory("results/datasets/{dataset}/jets/{part}"),
        log:
            "results/logs/ingest/{dataset}/{part}.log",
        benchmark:
            "results/benchmarks/ingest/{dataset}/{part}.jsonl"
        wildcard_constraints:
            dataset=datasets,
        conda:
            "../../environment.yml"
        shell:
            "python -m tagwerk ingest -- {input.file:q} {input.card:q} {output.part:q} 2> {log:q}"


rule summarise:
    """What training needs to know of a study's jets beforehand."""
    input:
        jets=all_jets,
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
        parts=parts_to_read,
        fold=lambda wildcards: study_cards(wildcards.study).study.fold,
    shell:
        "python -m tagwerk summarise --fold {params.fold:q} -- {input.card:q} {output:q} {params.parts:q} 2> {log:q}"
