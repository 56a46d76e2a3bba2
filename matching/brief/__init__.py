"""Reading a need: free text in Chinese or English becomes a structured, editable brief.

`read` gives each value with how sure it is and the exact words it was read from; `merge` lets what the owner
stated override it. Rules only: taxonomy synonyms and the cue tables in `cues/` (data, one file a concern).
A text is folded once (`folding`), its clauses and what they take back are found (`scope`), then each concern
reads its part: `wants` (need type, services, rights), `offices`, `languages`, `subject` (fields, classes,
industries), `money`, `dates`, `parties`. `reader` joins them. Nothing here knows of providers.
"""

from matching.brief.reader import LONGEST_READ, read
from matching.brief.result import ReadBrief, ReadValue, merge

__all__ = ["LONGEST_READ", "ReadBrief", "ReadValue", "merge", "read"]
