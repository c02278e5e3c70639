"""The operations of the page, each by its `mode`, and their answers (docs/page.md), which never hold a secret."""
