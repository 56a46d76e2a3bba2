"""Pure functions over the types: who is eligible, what may follow what, who may do what. No database, no clock."""
