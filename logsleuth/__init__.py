"""Who really did this, from where, as whom, and what else did they do?"""

__version__ = "0.1.0"
