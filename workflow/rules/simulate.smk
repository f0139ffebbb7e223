rule simulate:
    """One file of simulated jets: Pythia 8, detector, FastJet."""
    input:
        # The generator's section alone decides what comes out: a new colour in the card simulates nothing again.
        card=ancient("config/datasets/{dataset}.yaml"),
        code=sources("cli.simulate"),
    output:
        "results/datasets/{dataset}/files/{part}.root",
    log:
        "results/logs/simulate/{dataset}/{part}.log",
    benchmark:
        "results/benchmarks/simulate/{dataset}/{part}.jsonl"
    conda:
        "../../environment.yml"
    params:
        generator=lambda wildcards: dataset_card(
            wildcards.dataset
        ).generator.model_dump_json(exclude={"files"}),
    shell:
        "python -m tagwerk simulate -- {input.card:q} {wildcards.part:q} {output:q} 2> {log:q}"
