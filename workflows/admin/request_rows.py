"""The objects of one page of a change request, as its template shows them; built in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workflows.constants import FINAL, Decision, Outcome
from workflows.models import Change, ChangeRequest
from workflows.presenting import ValueDiff, compare_shown
from workflows.registry import Description, GovernedAdapter, KeyLabel, Shown, Truth, governed
from workflows.rules.digests import seen_digest
from workflows.rules.documents import JSONValue, Verdict, merge_key
from workflows.services.reviews import creation_keys

EXISTS = "#exists"
OUTCOME_SIGNS = {
    Outcome.APPLIED: "good",
    Outcome.UNCHANGED: "",
    Outcome.CONFLICT: "conflict",
    Outcome.INVALID: "error",
    Outcome.REFUSED: "",
    Outcome.WAITING: "warning",
}
DECISION_SIGNS = {
    Decision.TAKEN: "good",
    Decision.REFUSED: "error",
    Decision.CONFLICT: "conflict",
    Decision.SUPERSEDED: "",
}


@dataclass(frozen=True)
class ThreeWays:
    """A conflict: what the proposal started from, what is true now, what is proposed."""

    base: Shown
    truth: Shown
    proposed: Shown


@dataclass(frozen=True)
class OtherValue:
    """How another value is given in place of the proposed one: picked among choices, else typed."""

    choices: tuple[tuple[str, str], ...]
    proposed: str


@dataclass(frozen=True)
class KeyRow:
    """One key of one change; `seen` goes along with a decision and tells what it was about."""

    key: str
    seen: str
    label: KeyLabel
    diff: ValueDiff
    decision: Decision
    decided_by: str
    reason: str
    inherited: Shown | None
    removed: bool
    conflict: ThreeWays | None
    moved: Shown | None
    other: OtherValue | None
    is_part_of_creation: bool = False
    problem: str = ""
    typed: str = ""

    @property
    def sign(self) -> str:
        """The chip of the decision; empty for what is open."""
        return DECISION_SIGNS.get(self.decision, "")

    @property
    def is_open(self) -> bool:
        """Whether nobody decided this key."""
        return self.decision == Decision.OPEN


@dataclass(frozen=True)
class ObjectBlock:
    """One object of a request, with its keys."""

    change: Change
    named: Description
    is_new: bool
    rows: tuple[KeyRow, ...]
    revision_url: str
    effects: Sequence[SafeString] = field(default=())

    @property
    def outcome_sign(self) -> str:
        """The chip of what came of it."""
        return OUTCOME_SIGNS.get(Outcome(self.change.outcome), "")

    @property
    def conflict_count(self) -> int:
        """How many keys wait for a person."""
        return sum(1 for row in self.rows if row.decision == Decision.CONFLICT)


@dataclass(frozen=True)
class Refused:
    """An answer that was refused: which key of which change, why, and what had been typed."""

    change_id: int
    key: str
    problem: str
    typed: str


def object_blocks(
    request: ChangeRequest,
    changes: Sequence[Change],
    effects: Mapping[int, Sequence[SafeString]],
    refused: Refused | None = None,
    *,
    all_editable: bool = False,
) -> list[ObjectBlock]:
    """Return the blocks of some changes in their order; the number of queries does not grow with them.

    Another value can be given for keys in conflict, and with `all_editable` for every key.
    """
    by_model: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_model[change.model].append(change)
    people = _people(changes)
    blocks: dict[int, ObjectBlock] = {}
    for model, group in by_model.items():
        reader = _Reader(governed(model), request, group, people, refused, all_editable)
        for change in group:
            blocks[change.pk] = reader.block(change, effects.get(change.pk, ()))
    return [blocks[change.pk] for change in changes]


def _people(changes: Sequence[Change]) -> dict[int, str]:
    ids = {row["by"] for change in changes for row in change.key_decisions.values() if "by" in row}
    if not ids:
        return {}
    found = get_user_model().objects.filter(pk__in=ids)
    return {person.pk: person.get_full_name() or person.get_username() for person in found}


class _Reader:
    """The changes of one model, with everything their rows need looked up at once."""

    def __init__(
        self,
        adapter: GovernedAdapter,
        request: ChangeRequest,
        changes: Sequence[Change],
        people: Mapping[int, str],
        refused: Refused | None,
        all_editable: bool,
    ) -> None:
        ids = [change.object_id for change in changes]
        self.adapter = adapter
        self.people = people
        self.refused = refused
        self.all_editable = all_editable
        self.is_final = request.state in FINAL
        self.named = adapter.describe(
            ids, proposed={row.object_id: row.patch for row in changes if _is_new(row)}
        )
        self.truths: dict[Any, Truth] = {} if self.is_final else adapter.load(ids, lock=False)
        self.labels = adapter.key_labels({key for change in changes for key in change.patch})
        wanted = {_name(pair): pair for change in changes for pair in self._values(change)}
        self.shown = dict(zip(wanted, adapter.present(list(wanted.values())), strict=True))

    def block(self, change: Change, effects: Sequence[SafeString]) -> ObjectBlock:
        """Return one object's block."""
        is_new = _is_new(change)
        needed = creation_keys(change, self.adapter)
        keys = [key for key in self.labels if key in change.patch and not (is_new and key == EXISTS)]
        revision = change.applied_revision
        return ObjectBlock(
            change=change,
            named=self.named.get(change.object_id) or Description(change.label),
            is_new=is_new,
            rows=tuple(self._row(change, key, key in needed) for key in keys),
            revision_url=self.adapter.revision_url(change.object_id, revision) if revision else "",
            effects=effects,
        )

    def _row(self, change: Change, key: str, is_part_of_creation: bool) -> KeyRow:
        base, new = change.base.get(key), change.patch[key]
        decided = change.key_decisions.get(key, {})
        decision = change.decision_of(key)
        refused = self.refused
        wrong = refused if refused and (refused.change_id, refused.key) == (change.pk, key) else None
        seen = change.seen.get(key)
        conflict = moved = None
        if decision == Decision.CONFLICT:
            truth = self._truth(change, key)
            conflict = ThreeWays(self._show(key, base), self._show(key, truth), self._show(key, new))
        elif decision != Decision.REFUSED and self._has_moved(change, key):
            moved = self._show(key, self._truth(change, key))
        return KeyRow(
            key=key,
            seen=seen_digest(new, self._truth_now(change, key)),
            label=self.labels[key],
            diff=compare_shown(self._show(key, base), self._show(key, new)),
            decision=decision,
            decided_by=self.people.get(decided.get("by", 0), ""),
            reason=decided.get("reason", ""),
            inherited=self._show(key, seen) if base is None and seen is not None else None,
            removed=new is None,
            conflict=conflict,
            moved=moved,
            other=self._other(key, new) if conflict or self.all_editable else None,
            is_part_of_creation=is_part_of_creation,
            problem=wrong.problem if wrong else "",
            typed=wrong.typed if wrong else "",
        )

    def _other(self, key: str, proposed: JSONValue | None) -> OtherValue | None:
        """Return how a key is given another value; None where it can't be, or not any more."""
        if self.is_final:
            return None
        choices, typed = tuple(self.adapter.choices(key)), self._show(key, proposed).typed
        return OtherValue(choices, typed or "") if choices or typed is not None else None

    def _truth(self, change: Change, key: str) -> JSONValue | None:
        """Return what is true of a key: now, or for a closed request when the conflict was found."""
        if change.object_id in self.truths:
            return self._truth_now(change, key)
        return change.key_decisions.get(key, {}).get("ours")

    def _truth_now(self, change: Change, key: str) -> JSONValue | None:
        truth = self.truths.get(change.object_id)
        return truth.document.get(key) if truth else None

    def _has_moved(self, change: Change, key: str) -> bool:
        """Tell whether applying this key now would find a truth that its author did not see."""
        truth = self.truths.get(change.object_id)
        if truth is None or change.base_revision == 0:
            return False
        now = truth.document.get(key)
        merged = merge_key(change.base.get(key), now, change.patch[key], lambda: self.adapter.grain(key))
        return merged.verdict is Verdict.CONFLICT

    def _values(self, change: Change) -> list[tuple[str, JSONValue | None]]:
        values: list[tuple[str, JSONValue | None]] = []
        for key, new in change.patch.items():
            values += [(key, change.base.get(key)), (key, new), (key, change.seen.get(key))]
            values.append((key, self._truth(change, key)))
        return values

    def _show(self, key: str, value: JSONValue | None) -> Shown:
        return self.shown[_name((key, value))]


def _name(pair: tuple[str, JSONValue | None]) -> tuple[str, str]:
    return pair[0], repr(pair[1])


def _is_new(change: Change) -> bool:
    return change.base_revision == 0 and change.patch.get(EXISTS) is True


def outcome_sentences(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return what came of a request's objects as (sign, words), in the order of `Outcome`."""
    return [
        (
            OUTCOME_SIGNS.get(outcome, ""),
            _("%(count)s × %(outcome)s") % {"count": counts[outcome], "outcome": str(outcome.label).lower()},
        )
        for outcome in Outcome
        if counts.get(outcome)
    ]
