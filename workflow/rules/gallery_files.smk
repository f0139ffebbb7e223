"""The pages of the gallery, in a checkout only: the package does not contain them."""

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


def takes_settings(example):
    """Return whether a page reads a text and has a budget; it uses two cores."""
    return "GALLERY_BUDGET" in GALLERY[example].read_text(encoding="utf-8")


def pages_to_run():
    """Return the page that the configuration names, or all; one on a text only if that is given."""
    if "example" in config:
        return [config["example"]]
    return [page for page in GALLERY if "text" in config or not takes_settings(page)]


def settings_of_page(wildcards):
    """Return the environment variables of a page: the file or address of its text, and its budget in minutes."""
    return [
        f"GALLERY_{key.upper()}={config[key]}"
        for key in ("text", "budget")
        if key in config
    ]


def minutes_of_page(wildcards, input, attempt):
    """Return the time that a page may take, with a budget for each of three networks."""
    budget = float(config.get("budget", 0)) if takes_settings(wildcards.example) else 0
    return math.ceil(minutes("gallery")(wildcards, input, attempt) + 3 * budget)
