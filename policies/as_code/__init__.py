"""The whole of access as one text: written, read, compared, and tried."""
