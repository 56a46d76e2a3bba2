"""Pure functions over the types: who is eligible, who may do what. No database, no clock."""
