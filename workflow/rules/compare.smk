# The figures of every study, with or without a dataset.
FIGURES = multiext(
    "results/studies/{study}/comparison/",
    "roc.png",
    "auc_by_tagger.png",
    "score_distributions.png",
    "figures.json",
)


rule compare:
    """Figures and numbers for all taggers of a study, on the same test jets."""
    input:
        runs=lambda wildcards: [
            f"{run}/{what}"
            for run in runs_of(wildcards)
            for what in (
                "model/training.json",
                "model/history.csv",
                "scores/scores.parquet",
                "scores/validation.parquet",
                "scores/about.json",
            )
        ],
        robustness=robustness_of,
        alternatives=alternatives_of,
        summary=summary_of,
        scores=score_files_of,
    output:
        FIGURES,
        numbers="results/studies/{study}/comparison/comparison.json",
        comparison=report(
            directory("results/studies/{study}/comparison"),
            patterns=["{figure}.png"],
            caption="../report/figure.rst",
            category="{study}",
            labels={"figure": "{figure}"},
        ),
    log:
        "results/logs/compare/{study}.log",
    benchmark:
        "results/benchmarks/compare/{study}.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **HTCONDOR,
        mem_mb=memory("compare"),
        disk_mb=disk("compare"),
        runtime=minutes("compare"),
    params:
        study="{study}",
        read=read_of_comparison,
        code=fingerprint("cli.compare", *METRICS, *submodules("plots.figures"), card=""),
        runs=runs_of,
    shell:
        "tagwerk compare --out {output.comparison:q} --"
        " {params.study:q} {input.summary:q} {params.runs:q} 2> {log:q}"


rule report:
    """The report of a study, one HTML page to look at first."""
    input:
        FIGURES,
        numbers="results/studies/{study}/comparison/comparison.json",
        comparison="results/studies/{study}/comparison",
        summary=summary_of,
        list=ancient(list_of_checks),
        checks=checks_of,
    output:
        report(
            "results/studies/{study}/report.html",
            caption="../report/report.rst",
            category="{study}",
        ),
    log:
        "results/logs/report/{study}.log",
    benchmark:
        "results/benchmarks/report/{study}.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **HTCONDOR,
        mem_mb=memory("report"),
        disk_mb=disk("report"),
        runtime=minutes("report"),
    params:
        study="{study}",
        read=read_of_comparison,
        code=fingerprint("cli.report", *METRICS, card=""),
        templates=contents("report/templates"),
        checks=lambda wildcards, input: f"@{input.list}" if input.list else [],
    shell:
        "tagwerk report --out {output:q} --"
        " {params.study:q} {input.summary:q} {input.comparison:q} {params.checks:q} 2> {log:q}"
