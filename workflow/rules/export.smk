rule export:
    """One trained tagger as an ONNX file."""
    input:
        multiext(
            "results/studies/{study}/{tagger}/{run}/model/",
            "training.json",
            "history.csv",
        ),
        model="results/studies/{study}/{tagger}/{run}/model",
    output:
        "results/studies/{study}/{tagger}/{run}/model.onnx",
    log:
        "results/logs/export/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/export/{study}/{tagger}/{run}.jsonl"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **HTCONDOR,
        mem_mb=memory("export"),
        disk_mb=disk("export"),
        runtime=minutes("export"),
    params:
        code=code_of_training("cli.export"),
    shell:
        "tagwerk export -- {input.model:q} {output:q} 2> {log:q}"
