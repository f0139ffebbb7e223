"""Source code reduced to what can change a result."""

import ast

# Pydantic's, which accept or refuse values; the values themselves are in the fingerprints of cards.
_VALIDATORS = {"field_validator", "model_validator", "AfterValidator", "BeforeValidator", "StringConstraints"}
_DEFAULTS = {"default", "default_factory"}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def essence(node: ast.stmt) -> ast.stmt:
    """Return a statement without what changes no result, in place.

    Dropped are docstrings, validators of Pydantic models and what surrounds the defaults of their fields, annotations
    other than those of class attributes, which name the parts of a record, and what is raised: it ends the job.
    """
    return _Essence().visit(node)  # type: ignore[no-any-return]


class _Essence(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if any(_called(each) in _VALIDATORS for each in node.decorator_list):
            return None
        arguments = node.args
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if each is not None:
                each.annotation = None
        node.returns = None
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign):
                statement.simple = 2  # kept apart from annotations elsewhere
        return self._without_docstring(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.simple == 2:
            node.simple = 1
            return self.generic_visit(node)
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign([node.target], node.value, lineno=node.lineno))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _called(node) == "Field":
            node.keywords = [each for each in node.keywords if each.arg in _DEFAULTS]
        elif _called(node) in _VALIDATORS:
            return ast.Constant(None)
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return ast.Raise()

    def _without_docstring(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


def _called(node: ast.expr) -> str:
    """Return the name of what is called, or used as a decorator, without the module that it is from."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
