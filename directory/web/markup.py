"""Markdown as people write it, as HTML that can do nothing: no raw HTML in, only an allow-list out."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "blockquote", "h3", "h4", "hr"}


def markdown(text: str) -> Markup:
    """The text rendered; links leave with no referrer and no weight for search engines."""
    return Markup(  # noqa: S704 - nh3 has just cleaned it
        nh3.clean(
            _MARKDOWN.render(text),
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="nofollow ugc noopener noreferrer",
        )
    )
