"""Whether the service still answers as the contract says: its reads are made and compared, and may be recorded.

``check`` goes from operation to operation; ``operations`` and ``reach`` say what is asked and with which ids,
``compare`` finds the differences, ``redact`` and ``record`` keep answers that may be published.
"""
