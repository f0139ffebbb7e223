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
        onnx="results/studies/{study}/{tagger}/{run}/model.onnx",
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
        options=[],
    shell:
        "tagwerk export {params.options:q} -- {input.model:q} {output.onnx:q} 2> {log:q}"


use rule export as export_atlas with:
    output:
        onnx="results/studies/{study}/{tagger}/{run}/model.atlas.onnx",
    log:
        "results/logs/export_atlas/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/export_atlas/{study}/{tagger}/{run}.jsonl"
    params:
        code=code_of_training("cli.export"),
        options=options_of_export("atlas"),


use rule export as export_cms with:
    output:
        onnx="results/studies/{study}/{tagger}/{run}/model.cms.onnx",
        json="results/studies/{study}/{tagger}/{run}/model.cms.json",
    log:
        "results/logs/export_cms/{study}/{tagger}/{run}.log",
    benchmark:
        "results/benchmarks/export_cms/{study}/{tagger}/{run}.jsonl"
    params:
        code=code_of_training("cli.export"),
        options=options_of_export("cms"),
