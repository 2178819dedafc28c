"""``parley demo``: the sample company with simulated people.

Their phones are real SIP phones in processes of their own; agents sign in and work
over the HTTP API like anybody else. Nothing here has a way in that a person lacks.
"""
