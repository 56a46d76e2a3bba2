"""The engine on Elasticsearch 8 or 9: one index a generation, an alias for the one that answers.

What is known of a generation stands in its mapping's `_meta`. Writes carry the row version, so that an older
one never replaces a newer one, whoever sends it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError, helpers

from search.engines import elastic_queries as queries
from search.engines import elastic_schema as schema
from search.engines.base import Gone, Standing
from search.errors import SearchUnavailable
from search.text import fold_name
from search.types import Document, EngineAnswer, EngineQuery, FacetCount

ALIAS = "ip-services-directory-providers"
SEARCH_SECONDS = 2.0
"""A page waits no longer for an engine (docs: conventions, "Consistency rules")."""
WRITE_SECONDS = 60.0
LOAD_CHUNK = 1000
SCAN_PAGE = 5000
CONFLICT = 409
NOT_FOUND = 404


@contextlib.contextmanager
def _unavailable_on_failure() -> Iterator[None]:
    try:
        yield
    except (TransportError, ApiError) as error:
        raise SearchUnavailable(
            "Elasticsearch does not answer: %(reason)s", reason=str(error)[:200]
        ) from error


class ElasticGeneration:
    """An index; see `base.Generation`."""

    def __init__(self, client: Elasticsearch, alias: str, name: str) -> None:
        self._client = client.options(request_timeout=WRITE_SECONDS)
        self._index = f"{alias}-{name}"
        self._name = name

    @property
    def name(self) -> str:
        """The index's name without the alias's."""
        return self._name

    @_unavailable_on_failure()
    def load(self, documents: Iterable[Document], *, cursor: int, now: dt.datetime) -> int:
        """Fill an empty generation and give the number of documents taken."""
        actions = (_upsert(self._index, document) for document in documents)
        count = sum(
            1 for _ in helpers.streaming_bulk(self._client, actions, chunk_size=LOAD_CHUNK, max_retries=3)
        )
        self._client.indices.put_settings(index=self._index, settings={"refresh_interval": None})
        self._client.indices.refresh(index=self._index)
        self._note(cursor=cursor, built_at=now.isoformat())
        return count

    @_unavailable_on_failure()
    def apply(self, upserts: Sequence[Document], deletes: Sequence[Gone], *, cursor: int) -> None:
        """Put and take out documents, visible at once when this returns, then move the cursor."""
        actions = [_upsert(self._index, document) for document in upserts]
        actions.extend(_delete(self._index, *gone) for gone in deletes)
        results = helpers.streaming_bulk(
            self._client, actions, chunk_size=LOAD_CHUNK, max_retries=3, raise_on_error=False, refresh=True
        )
        for accepted, answer in results:
            status = next(iter(answer.values())).get("status")
            # a conflict means that a newer one is held already; not found, that it was gone
            if not accepted and status not in (CONFLICT, NOT_FOUND):
                raise SearchUnavailable(
                    "Elasticsearch refused a document: %(reason)s", reason=str(answer)[:200]
                )
        if cursor != self._meta().get("cursor"):
            self._note(cursor=cursor)

    @_unavailable_on_failure()
    def versions(self) -> Iterator[tuple[int, int]]:
        """(id, row version) of every document, in order of id."""
        found: list[tuple[int, int]] = []
        last: list[Any] | None = None
        while True:
            answer = self._client.search(
                index=self._index,
                size=SCAN_PAGE,
                sort=[{"provider": "asc"}],
                docvalue_fields=[{"field": "provider"}, {"field": "version"}],
                source=False,
                search_after=last,
                track_total_hits=False,
            )
            hits = answer["hits"]["hits"]
            if not hits:
                return iter(found)
            found.extend((hit["fields"]["provider"][0], hit["fields"]["version"][0]) for hit in hits)
            last = hits[-1]["sort"]

    @_unavailable_on_failure()
    def standing(self) -> Standing:
        """What is known of it now."""
        meta = self._meta()
        built_at = meta.get("built_at")
        stats = self._client.indices.stats(index=self._index, metric="store")
        return Standing(
            name=self._name,
            fingerprint=meta["fingerprint"],
            cursor=meta["cursor"],
            documents=self._client.count(index=self._index)["count"],
            bytes=stats["_all"]["primaries"]["store"]["size_in_bytes"],
            built_at=dt.datetime.fromisoformat(built_at) if built_at else None,
        )

    def _meta(self) -> dict[str, Any]:
        answer = self._client.indices.get_mapping(index=self._index)
        meta: dict[str, Any] = answer[self._index]["mappings"]["_meta"]
        return meta

    def _note(self, **values: object) -> None:
        self._client.indices.put_mapping(index=self._index, meta=self._meta() | values)


def _upsert(index: str, document: Document) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_index": index,
        "_id": str(document.id),
        "version": document.version,
        "version_type": "external_gte",
        "_source": schema.source(document),
    }


def _delete(index: str, identity: int, version: int | None) -> dict[str, Any]:
    action: dict[str, Any] = {"_op_type": "delete", "_index": index, "_id": str(identity)}
    if version is not None:
        action |= {"version": version, "version_type": "external_gte"}
    return action


class ElasticEngine:
    """The engine at an address; see `base.SearchEngine`.

    Parameters
    ----------
    url : str
        With name and password in it, if there are any.
    ca_file : Path or None
        Certificate authority to trust instead of the machine's.
    api_key : str or None
        Instead of name and password.
    alias : str
        Name of the alias, and beginning of the names of the indexes.
    """

    def __init__(
        self, url: str, *, ca_file: Path | None = None, api_key: str | None = None, alias: str = ALIAS
    ) -> None:
        options: dict[str, Any] = {"ca_certs": str(ca_file)} if ca_file else {}
        self._client = Elasticsearch(
            url,
            api_key=api_key,
            request_timeout=SEARCH_SECONDS,
            max_retries=0,
            retry_on_timeout=False,
            **options,
        )
        self._alias = alias

    @property
    def kind(self) -> str:
        """Name of the engine; its index outlives an upgrade of the server."""
        return "elasticsearch"

    @_unavailable_on_failure()
    def search(self, query: EngineQuery) -> EngineAnswer:
        """Ids that match, best first, ties by `Document.tie`; the total; counts without the own filter."""
        answer = self._ask(queries.body(query))
        nearly = False
        if query.text.units and not answer["aggregations"]["words"]["doc_count"]:
            answer = self._ask(queries.body(query, nearly=True))
            nearly = bool(answer["aggregations"]["words"]["doc_count"])
        return EngineAnswer(
            ids=tuple(int(hit["_id"]) for hit in answer["hits"]["hits"]),
            total=answer["hits"]["total"]["value"],
            facets={key: _counts(key, answer["aggregations"][key]) for key in query.facets},
            nearly=nearly,
        )

    def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.search(index=self._alias, body=body, request_cache=True).body
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise SearchUnavailable("Elasticsearch answered only in part")
        return answer

    @_unavailable_on_failure()
    def suggest(self, beginning: str, limit: int = 10) -> tuple[int, ...]:
        """Ids of providers with a name that begins so, in alphabetical order."""
        folded = fold_name(beginning)
        if not folded:
            return ()
        answer = self._client.search(
            index=self._alias,
            query={"prefix": {"exact": folded}},
            sort=[{"sort_name": "asc"}, {"tie": "asc"}, {"provider": "asc"}],
            size=limit,
            source=False,
        )
        return tuple(int(hit["_id"]) for hit in answer["hits"]["hits"])

    @_unavailable_on_failure()
    def check(self) -> None:
        """Return when a search would be answered."""
        self._ask({"size": 0})

    @_unavailable_on_failure()
    def current(self) -> ElasticGeneration | None:
        """The generation that answers; None before the first."""
        index = self._aliased()
        return self._generation(index) if index else None

    def _aliased(self) -> str | None:
        try:
            return next(iter(self._client.indices.get_alias(name=self._alias)))
        except NotFoundError:
            return None

    def _generation(self, index: str) -> ElasticGeneration:
        return ElasticGeneration(self._client, self._alias, index.removeprefix(f"{self._alias}-"))

    @_unavailable_on_failure()
    def create(self, name: str, fingerprint: str) -> ElasticGeneration:
        """A new, empty generation that does not answer yet."""
        meta = {"fingerprint": fingerprint, "cursor": 0}
        self._client.options(request_timeout=WRITE_SECONDS).indices.create(
            index=f"{self._alias}-{name}", settings=schema.settings(), mappings=schema.mapping(meta)
        )
        return ElasticGeneration(self._client, self._alias, name)

    @_unavailable_on_failure()
    def activate(self, name: str) -> None:
        """Let a generation answer from now on, in one step."""
        actions = [{"add": {"index": f"{self._alias}-{name}", "alias": self._alias}}]
        before = self._aliased()
        if before is not None and before != f"{self._alias}-{name}":
            actions.append({"remove": {"index": before, "alias": self._alias}})
        self._client.options(request_timeout=WRITE_SECONDS).indices.update_aliases(actions=actions)

    @_unavailable_on_failure()
    def generations(self) -> tuple[Standing, ...]:
        """Every generation there is, oldest first."""
        found = self._client.indices.get_mapping(index=f"{self._alias}-g*")
        return tuple(self._generation(index).standing() for index in sorted(found))

    @_unavailable_on_failure()
    def drop(self, name: str) -> None:
        """Remove a generation that does not answer."""
        with contextlib.suppress(NotFoundError):
            self._client.options(request_timeout=WRITE_SECONDS).indices.delete(index=f"{self._alias}-{name}")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _counts(key: str, answer: dict[str, Any]) -> list[FacetCount]:
    pairs = sorted(queries.read_facet(key, answer), key=lambda pair: (-pair[1], pair[0]))
    return [FacetCount(code, count) for code, count in pairs]
