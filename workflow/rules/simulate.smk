rule simulate:
    """One file of simulated jets: Pythia 8, detector, FastJet."""
    output:
        "results/datasets/{dataset}/files/{part}.root",
    log:
        "results/logs/simulate/{dataset}/{part}.log",
    benchmark:
        "results/benchmarks/simulate/{dataset}/{part}.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **HTCONDOR,
        mem_mb=memory("simulate"),
        disk_mb=disk("simulate"),
        runtime=minutes_to_simulate,
    params:
        card="{dataset}",
        read=lambda wildcards: keys.of_simulation(dataset_card(wildcards.dataset)),
        code=fingerprint("cli.simulate"),
    shell:
        "tagwerk simulate --out {output:q} -- {params.card:q} {wildcards.part:q} 2> {log:q}"
