"""What is true: providers, people, owners, needs, vetting, accounts, audit, and every table.

This package owns each stored noun and every change to one. It knows nothing of how things
are found (`search`) or how fit is judged (`matching`); those packages import this one.
Start reading at `types` (the words), `models` (the tables), `actions` (what people do,
one verb each) and `store.unit_of_work` (how a change is kept whole). Only an action
commits; pages in `web` and commands in `cli` parse, call one action and show the result.
Rules that need no database (eligibility, permissions, transitions) are pure functions in
`rules`, so that pages, commands and tests ask the same question in the same way.
"""
