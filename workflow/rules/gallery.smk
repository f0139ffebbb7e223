rule gallery_page:
    """One page of the gallery at full size: its figures in results/gallery, and what it prints."""
    input:
        page=lambda wildcards: GALLERY[wildcards.example],
        jets=jets_of_page,
    output:
        "results/gallery/{example}.txt",
    log:
        "results/logs/gallery/{example}.log",
    benchmark:
        "results/benchmarks/gallery/{example}.jsonl"
    conda:
        "../../environment.yml"
    threads: lambda wildcards: 2 if takes_settings(wildcards.example) else 1
    resources:
        **HTCONDOR,
        mem_mb=memory("gallery"),
        disk_mb=disk("gallery"),
        runtime=minutes_of_page,
    params:
        settings=settings_of_page,
    shell:
        "env {params.settings:q} python -- {input.page:q} > {output:q} 2> {log:q}"


rule gallery:
    """The page of the gallery that the configuration names, or all of them."""
    input:
        [f"results/gallery/{example}.txt" for example in pages_to_run()],
