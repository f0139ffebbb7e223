rule tune:
    """One of the jobs that share the trials of a search; their journal is not an output, so that a search resumes."""
    input:
        parts=ancient(list_for_search),
        summary=summary_of_search,
        jets=jets_of_search,
    output:
        touch("results/searches/{search}/workers/{worker}.done"),
    log:
        "results/logs/tune/{search}/{worker}.log",
    benchmark:
        "results/benchmarks/tune/{search}/{worker}.jsonl"
    conda:
        "../../environment.yml"
    # Parallel trials on one core each use the cores better than one trial on several.
    threads: 1
    resources:
        **HTCONDOR,
        mem_mb=memory("train"),
        disk_mb=disk("train"),
        runtime=minutes("train", passes_of_worker),
    params:
        search=card_of_search,
        tagger=options_of_search,
        read=read_of_search,
        code=code_of_search,
        journal="results/searches/{search}/journal.log",
    shell:
        "tagwerk tune --threads {threads:q} --mem-mb {resources.mem_mb:q} {params.tagger:q} --"
        " {params.search:q} {input.summary:q} {params.journal:q} @{input.parts:q} 2> {log:q}"


rule best:
    """The best card, the table and the figure of a search."""
    input:
        workers=workers_of,
        parts=ancient(list_for_search),
        summary=summary_of_search,
        jets=jets_of_search,
    output:
        multiext("results/searches/{search}/result/", "best.yaml", "trials.csv"),
        result=report(
            directory("results/searches/{search}/result"),
            patterns=["{figure}.png"],
            caption="../report/search.rst",
            category="Search {search}",
            labels={"figure": "{figure}"},
        ),
    log:
        "results/logs/best/{search}.log",
    benchmark:
        "results/benchmarks/best/{search}.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **HTCONDOR,
        mem_mb=memory("train"),
        disk_mb=disk("train"),
        runtime=minutes("train"),
    params:
        search=card_of_search,
        tagger=options_of_search,
        read=read_of_search,
        code=code_of_search,
        journal="results/searches/{search}/journal.log",
    shell:
        "tagwerk tune --out {output.result:q} --mem-mb {resources.mem_mb:q} {params.tagger:q} --"
        " {params.search:q} {input.summary:q} {params.journal:q} @{input.parts:q} 2> {log:q}"


rule tuned:
    """The results of the search that the configuration names."""
    input:
        lambda wildcards: [
            f"results/searches/{search}/result/{name}"
            for search in wanted_searches()
            for name in ("best.yaml", "trials.csv")
        ],
