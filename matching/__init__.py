"""What judges fit: a need and the market become a ranked, explained shortlist.

This package owns the reading of a need (`brief`), the choice of candidates, the features, the
rankers, the reasons and the team. Eligibility is not judged here: it is the table in
`directory.rules.eligibility`, over the whole market in SQL, and no model can override it. It
owns no table: needs, judgements and shortlists are stored by `directory`. Start at
`shortlisting` (the flow from need to shortlist), then `features` (one table of what counts) and
`ranker` (how it is weighed). Payment, size, fame and anything personal are not features.
"""
