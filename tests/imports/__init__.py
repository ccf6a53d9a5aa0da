"""Tests of files of purchases on their way into the ledger."""
