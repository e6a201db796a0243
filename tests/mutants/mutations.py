"""
Small changes to a file, each of which a test should notice.

Most are mutmut's own operators. Left out are its changes that mypy refuses anyhow (an argument or a value that
becomes None) and those of texts. Added are the ones that money is lost by: a refusal or a statement that is gone,
a bound that does not hold, a field of a record that is not written.
"""

import builtins
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider
from mutmut.mutation import mutators

Operator = Callable[[Any], Iterable[cst.CSTNode]]

# What says nothing when it runs, or says what cannot be otherwise: there a change makes no difference to anybody.
SILENT = (cst.Annotation, cst.Assert, cst.Import, cst.ImportFrom, cst.Decorator)


@dataclass(frozen=True, slots=True)
class Mutation:
    """
    `before`, from the character `start` of the file on, becomes `after`.

    `lines` are those of the statement it is in: who reaches one of them may notice. `name` says which change it
    is, also when lines have come or gone above it.
    """

    path: str
    line: int
    lines: range
    start: int
    before: str
    after: str
    name: str

    def __str__(self) -> str:
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.path}:{self.line}: {before} -> {after}"

    def applied(self, source: str) -> str:
        return source[: self.start] + self.after + source[self.start + len(self.before) :]


def mutations(path: str, source: str) -> list[Mutation]:
    """Every change to a file, in its order."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    finder = _Finder(path, source, wrapper.module)
    wrapper.visit(finder)
    return finder.found


def sample(found: Iterable[Mutation], seed: int) -> list[Mutation]:
    """The changes as a seed orders them: a change of the code, or of the number, moves no other one."""
    return sorted(found, key=lambda each: hashlib.sha256(f"{seed} {each.name}".encode()).digest())


def _refusal_gone(node: cst.Raise) -> Iterator[cst.CSTNode]:
    if node.exc is not None:
        yield cst.Pass()


def _statement_gone(node: cst.Expr) -> Iterator[cst.CSTNode]:
    if isinstance(node.value, cst.Call):
        yield cst.Pass()


def _early_end_gone(node: cst.Return) -> Iterator[cst.CSTNode]:
    if node.value is None:
        yield cst.Pass()


def _the_other_way(node: cst.If | cst.CompIf) -> Iterator[cst.CSTNode]:
    """Only of a bare condition: comparisons, `and`, `or` and `not` have changes of their own."""
    if isinstance(node.test, cst.Name | cst.Attribute | cst.Call | cst.NamedExpr | cst.Subscript):
        inner = node.test
        if not inner.lpar:
            inner = inner.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield cst.UnaryOperation(cst.Not(whitespace_after=cst.SimpleWhitespace(" ")), inner)


def _bound_gone(node: cst.Call) -> Iterator[cst.CSTNode]:
    """`max(0, due)`: the least instead of the most, and each of the two whatever the other is."""
    if isinstance(node.func, cst.Name) and node.func.value in {"min", "max"}:
        yield node.with_changes(func=cst.Name("max" if node.func.value == "min" else "min"))
        if len(node.args) == 2 and not any(each.star or each.keyword for each in node.args):
            yield from (each.value for each in node.args)


def _field_gone(node: cst.Call) -> Iterator[cst.CSTNode]:
    """`replace(loan, version=…)` without the version."""
    if isinstance(node.func, cst.Name) and node.func.value == "replace":
        for number, each in enumerate(node.args):
            if each.keyword is not None:
                yield node.with_changes(args=[*node.args[:number], *node.args[number + 1 :]])


# A condition is replaced inside its statement: what is named here is the part of the node that changes.
CONDITIONS: tuple[type[cst.CSTNode], ...] = (cst.If, cst.CompIf)
OPERATORS: list[tuple[type[cst.CSTNode] | tuple[type[cst.CSTNode], ...], Operator]] = [
    (cst.BaseNumber, mutators.operator_number),
    (cst.Name, mutators.operator_name),
    (cst.AugAssign, mutators.operator_augmented_assignment),
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    (cst.CSTNode, mutators.operator_keywords),
    (cst.CSTNode, mutators.operator_swap_op),
    (cst.IfExp, mutators.operator_if_exp),
    (cst.Raise, _refusal_gone),
    (cst.Expr, _statement_gone),
    (cst.Return, _early_end_gone),
    (cst.Call, _bound_gone),
    (cst.Call, _field_gone),
    (CONDITIONS, _the_other_way),
]


class _Finder(cst.CSTVisitor):
    """Walks one file, and keeps what the operators make of its nodes as changes of its text."""

    METADATA_DEPENDENCIES = (PositionProvider, WhitespaceInclusivePositionProvider)

    def __init__(self, path: str, source: str, module: cst.Module) -> None:
        super().__init__()
        self.found: list[Mutation] = []
        self._path, self._source, self._module = path, source, module
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._statements: list[range] = []
        self._refuses = 0  # inside of so many
        self._names: Counter[str] = Counter()

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, SILENT) or _is_a_programming_error(node):
            return False
        if self._refuses and isinstance(node, cst.FormattedString):
            return False  # the message of a refusal; what a member hears is in its details
        self._refuses += isinstance(node, cst.Raise)
        if isinstance(node, cst.BaseSmallStatement | cst.BaseCompoundStatement):
            self._statements.append(self._lines(node))
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                changed = node.test if isinstance(node, CONDITIONS) and kind is CONDITIONS else node
                for mutated in operator(node):
                    self._keep(changed, mutated)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        skipped = isinstance(original_node, SILENT) or _is_a_programming_error(original_node)
        self._refuses -= isinstance(original_node, cst.Raise) and not skipped
        if isinstance(original_node, cst.BaseSmallStatement | cst.BaseCompoundStatement) and not skipped:
            self._statements.pop()

    def _lines(self, statement: cst.CSTNode) -> range:
        """The lines of a statement, of its head alone when others are inside."""
        where = self.get_metadata(PositionProvider, statement)
        last = where.end.line
        if isinstance(statement, cst.BaseCompoundStatement):
            body = getattr(statement, "body", None)
            if body is not None:
                last = max(where.start.line, self.get_metadata(PositionProvider, body).start.line - 1)
        return range(where.start.line, last + 1)

    def _keep(self, node: cst.CSTNode, mutated: cst.CSTNode) -> None:
        where = self.get_metadata(WhitespaceInclusivePositionProvider, node)
        start, end = (self._starts[at.line - 1] + at.column for at in (where.start, where.end))
        before, after = self._source[start:end], self._module.code_for_node(mutated)
        lines = self._statements[-1] if self._statements else range(where.start.line, where.end.line + 1)
        line = self.get_metadata(PositionProvider, node).start.line
        if line not in lines:  # a comprehension further down in a long head
            lines = range(min(lines.start, line), max(lines.stop, line + 1))
        statement = self._source[
            self._starts[lines.start - 1] : self._starts[min(lines.stop, len(self._starts)) - 1]
        ]
        column = start - self._starts[lines.start - 1]
        name = f"{self._path}: {' '.join(statement.split())} @{column}: {before.strip()} -> {after.strip()}"
        self._names[name] += 1
        name = f"{name} #{self._names[name]}"
        self.found.append(Mutation(self._path, line, lines, start, before, after, name))


def _is_a_programming_error(node: cst.CSTNode) -> bool:
    """`raise ValueError(…)`: a mistake of ours, which no member can make."""
    named = m.Raise(exc=m.Call(func=m.Name()) | m.Name())
    if not m.matches(node, named):
        return False
    raised = cst.ensure_type(node, cst.Raise).exc
    called = raised.func if isinstance(raised, cst.Call) else raised
    return isinstance(called, cst.Name) and hasattr(builtins, called.value)
