rule modelcard:
    """The model card of one trained tagger."""
    input:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model="results/studies/{study}/{tagger}/{run}/model",
        summary=summary_of,
        numbers="results/studies/{study}/comparison/comparison.json",
        comparison="results/studies/{study}/comparison",
    output:
        "results/studies/{study}/{tagger}/{run}/model_card.md",
    log:
        "results/logs/modelcard/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/modelcard/{study}/{tagger}/{run}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **HTCONDOR,
        mem_mb=memory("modelcard"),
        disk_mb=disk("modelcard"),
        runtime=minutes("modelcard"),
    params:
        study="{study}",
        read=read_of_model_card,
        code=fingerprint("cli.modelcard", *METRICS, card=""),
    shell:
        "tagwerk modelcard --out {output:q} --"
        " {params.study:q} {input.model:q} {input.summary:q} {input.comparison:q} 2> {log:q}"
