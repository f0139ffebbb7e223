# One rule, or two if a study and a search use datasets with different kinds of split. Outputs include the files in the
# directory that other rules read, so that a deleted one is made again when it is needed.
for number, (pieces, datasets) in enumerate(pieces_in_use().items()):

    rule:
        name:
            "ingest" if not number else "ingest_for_search"
        input:
            files=input_files,
        output:
            [
                f"results/datasets/{{dataset}}/jets/{{part}}/{piece}.parquet"
                for piece in pieces
            ],
            part=directory("results/datasets/{dataset}/jets/{part}"),
            check="results/datasets/{dataset}/checks/{part}.json",
        log:
            "results/logs/ingest/{dataset}/{part}.log",
        benchmark:
            "results/benchmarks/ingest/{dataset}/{part}.jsonl"
        wildcard_constraints:
            dataset=datasets,
        conda:
            "../../environment.yml"
        resources:
            **HTCONDOR,
            mem_mb=memory("ingest"),
            disk_mb=disk("ingest"),
            runtime=minutes("ingest"),
        params:
            card="{dataset}",
            files=files_of,
            read=read_of_file,
            code=code_of_reading("cli.ingest"),
        shell:
            "tagwerk ingest --out {output.part:q} --check {output.check:q} --"
            " {params.card:q} {params.files:q} > {log:q} 2>&1"


rule summarise:
    """Counts and histograms of a study's jets, and moments of the jet variables."""
    input:
        parts=ancient(list_of_parts),
        jets=jets_or_sums,
    output:
        "results/studies/{study}/summary.json",
    log:
        "results/logs/summarise/{study}.log",
    benchmark:
        "results/benchmarks/summarise/{study}.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **HTCONDOR,
        mem_mb=memory("summarise"),
        disk_mb=disk("summarise"),
        runtime=minutes("summarise"),
    params:
        card=dataset_of,
        fold=fold_of,
        features=NONE,
        chunks=sums_to_summarise,
        read=read_of_summary,
        code=fingerprint("cli.summarise", card=""),
    shell:
        "tagwerk summarise --out {output:q} --fold {params.fold:q} --features {params.features:q}"
        " {params.chunks:q} --"
        " {params.card:q} @{input.parts:q} 2> {log:q}"


# With moments for the taggers that use these features, so that one more feature in the code reruns no training.
use rule summarise as summarise_features with:
    output:
        "results/studies/{study}/features/{features}.json",
    log:
        "results/logs/summarise/{study}/{features}.log",
    benchmark:
        "results/benchmarks/summarise/{study}/{features}.jsonl"
    params:
        card=dataset_of,
        fold=fold_of,
        features=features_of_file,
        chunks=sums_to_summarise,
        read=read_of_summary,
        code=code_of_features,


rule survey:
    """The first pass over the jets of a large dataset."""
    input:
        parts=ancient(list_of_parts),
        jets=all_jets,
    output:
        multiext("results/studies/{study}/survey/", "survey.json", "sample.parquet"),
        survey=directory("results/studies/{study}/survey"),
    log:
        "results/logs/survey/{study}.log",
    benchmark:
        "results/benchmarks/survey/{study}.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **HTCONDOR,
        mem_mb=memory("survey"),
        disk_mb=disk("survey"),
        runtime=minutes("survey"),
    params:
        card=dataset_of,
        fold=fold_of,
        read=read_of_summary,
        code=fingerprint("cli.survey", card=""),
    shell:
        "tagwerk survey --out {output.survey:q} --fold {params.fold:q} --"
        " {params.card:q} @{input.parts:q} 2> {log:q}"


# The second pass over one chunk of a large dataset.
use rule summarise as sum_chunk with:
    input:
        multiext("results/studies/{study}/survey/", "survey.json", "sample.parquet"),
        survey="results/studies/{study}/survey",
        parts=ancient(list_of_parts),
        jets=chunk_to_sum,
    output:
        "results/studies/{study}/sums/{features}/{chunk}.json",
    log:
        "results/logs/sum_chunk/{study}/{features}/{chunk}.log",
    benchmark:
        "results/benchmarks/sum_chunk/{study}/{features}/{chunk}.jsonl"
    params:
        card=dataset_of,
        fold=fold_of,
        features=features_of_file,
        chunks=chunk_option_of_sums,
        read=read_of_summary,
        code=code_of_features,
