"""The verbs: plain functions that take a Session and an Actor, and leave the commit to the edge."""
