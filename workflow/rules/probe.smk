rule probe:
    """What one trained tagger loses with perturbed test jets, and which of its inputs it relies on."""
    input:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model="results/studies/{study}/{tagger}/{run}/model",
        parts=ancient(list_of_parts),
        jets=jets_to_probe,
    output:
        "results/studies/{study}/{tagger}/{run}/robustness.json",
    log:
        "results/logs/probe/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/probe/{study}/{tagger}/{run}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **HTCONDOR,
        mem_mb=memory("probe"),
        disk_mb=disk("probe"),
        runtime=minutes("probe"),
    params:
        read=read_of_probe,
        # The AUC, but no other metric.
        code=code_of_training("cli.probe", "evaluation.metrics.auc"),
        study="{study}",
    shell:
        "tagwerk probe --out {output:q} --threads {threads:q} --"
        " {params.study:q} {input.model:q} @{input.parts:q} 2> {log:q}"
