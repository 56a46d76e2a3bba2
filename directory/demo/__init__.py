"""The demo's data: Market-1, and an invented market of any size that is the same each time.

Owns the shape and the words of invented providers; knows nothing of databases, pages or search.
`market.generate` yields providers in the exchange format, `market_1.load` the small judged market.
Everybody and everything in here is invented: numbers of registers start with 99 where their
format allows it, and every address ends in `.example`.

Start reading in `market.py`; `vocabulary.py` reads the words and weights in `market/`, `parties.py`
names firms and people and gives them credentials, `lines.py` draws what they offer and how well
they did, `writing.py` composes their texts.
"""
