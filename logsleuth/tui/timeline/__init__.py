"""The timeline: requests per column of time, what the log covers of it, and lanes.

``grid`` divides time, ``picture`` is what was counted, ``reading`` asks for it, ``marks`` and
``drawing`` make lines of it, and ``strip`` is the widget with its cursor and its keys.
"""
