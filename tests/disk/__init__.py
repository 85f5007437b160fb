"""A disk that can be watched, cut off and filled: what happens to a cache when it is.

``watch.c`` stands between a process and its disk, ``servant`` runs commands behind it, and
``power`` makes from what was watched the folders that a power cut would have left.
"""
