# The pages of the gallery, runs of minutes, in a checkout: the package does not contain them.
GALLERY = {
    page.stem: page
    for page in sorted((Path(workflow.basedir).parent / "docs/gallery").glob("*.py"))
}
if "example" in config and config["example"] not in GALLERY:
    stop(
        f"--config: key 'example': no page '{config['example']}' in docs/gallery of a checkout;"
        f" {suggestion(config['example'], list(GALLERY))}"
    )


def jets_of_page(wildcards):
    """Return the demo's jets if a page reads them, and the demo's comparison if it quotes that."""
    text, files = GALLERY[wildcards.example].read_text(encoding="utf-8"), []
    if "results/datasets/top/jets" in text:
        files += jets_of_study("demo", "train", "validation", "test")
    if "results/studies/demo/comparison" in text:
        files += ["results/studies/demo/comparison/comparison.json"]
    return files


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
    threads: 1
    resources:
        **HTCONDOR,
        mem_mb=memory("gallery"),
        disk_mb=disk("gallery"),
        runtime=minutes("gallery"),
    shell:
        "python -- {input.page:q} > {output:q} 2> {log:q}"


rule gallery:
    """The page of the gallery that the configuration names, or all of them."""
    input:
        [
            f"results/gallery/{example}.txt"
            for example in ([config["example"]] if "example" in config else GALLERY)
        ],
