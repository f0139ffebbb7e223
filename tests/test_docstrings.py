from tagwerk.docstrings import module_summary, returned


def test_the_first_line_of_a_module_is_read_without_running_it(tmp_path):
    (tmp_path / "module.py").write_text('"""Return to sender.\n\nMore."""\nraise SystemExit\n')
    assert module_summary(tmp_path / "module.py") == "Return to sender."


def test_what_a_function_returns_is_its_first_line_without_shape():
    def double(x):
        """Return the double of x, (N,), in GeV.

        More.
        """

    assert returned(double) == "double of x, in GeV."
