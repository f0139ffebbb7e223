"""The page that a physicist looks at first."""
