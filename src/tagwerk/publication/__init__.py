"""What outlives a study: tables for HEPData, model cards and archives."""
