"""Keeping a shortlist as it was shown, so that it can be seen again and computed again."""

from __future__ import annotations

from typing import Any

from directory.actions.needs import may_edit
from directory.clock import Clock
from directory.errors import NotAllowed
from directory.store import needs, shortlists
from directory.store.unit_of_work import UnitOfWork
from directory.types import Actor


def store_shortlist(
    need_ref: str,
    need_version: int,
    *,
    result: dict[str, Any],
    inputs: dict[str, Any],
    actor: Actor,
    uow: UnitOfWork,
    clock: Clock,
) -> int:
    """Keep a shortlist.

    Parameters
    ----------
    need_ref : str
    need_version : int
        The version of the need that it was made for.
    result : dict
        "Results, Shortlist" of the exchange formats.
    inputs : dict
        All that is needed to compute its order again.

    Returns
    -------
    int
        Its id.

    Raises
    ------
    NotFound, NotAllowed
        When the need is not the actor's, or he may only read it.
    """
    with uow:
        need = needs.visible(uow.session, need_ref, actor)
        if not may_edit(uow.session, actor, need):
            raise NotAllowed("only an editor of the owner keeps a shortlist")
        model = result["model"]
        made = shortlists.save(
            uow.session,
            need_id=need.id,
            need_version=need_version,
            made_at=clock.now(),
            model_name=model["name"],
            model_version=model["version"],
            methodology=model["methodology"],
            inputs=inputs,
            result=result,
        )
        uow.commit()
        return made
